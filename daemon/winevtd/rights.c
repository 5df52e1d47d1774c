/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving up what one has.
 */
#include "winevtd/rights.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>

#define HELPER_USER "bmchealthd-winevt"
#define NOBODY	    65534
#define PASSWD_MAX  4096

int rights_drop(void)
{
	struct passwd entry, *found = NULL;
	char text[PASSWD_MAX];
	uid_t uid = NOBODY;
	gid_t gid = NOBODY;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return neg_errno();
	if (geteuid() != 0)
		return 0;
	if (getpwnam_r(HELPER_USER, &entry, text, sizeof(text), &found) == 0 && found &&
	    found->pw_uid != 0) {
		uid = found->pw_uid;
		gid = found->pw_gid;
	}
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return neg_errno();
	return setuid(0) == 0 ? -EPERM : 0; /* for good */
}
