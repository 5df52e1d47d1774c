# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion of bmchealthctl: commands as `bmchealthctl help` lists them, options as `bmchealthctl
# help COMMAND` names them, target names as the daemon knows them.
_bmchealthctl_options() { # which the help of that command speaks of
	bmchealthctl help "$@" 2>/dev/null | grep -oE -- '--[a-z][-a-z]+' | sort -u
}

# Only such names as the shell sees nothing in: compgen expands its words, and hosts choose theirs.
_bmchealthctl_targets() {
	bmchealthctl --json status 2>/dev/null |
		sed -n 's/^      "name": "\([A-Za-z0-9._-]*\)",$/\1/p'
}

_bmchealthctl_commands() {
	bmchealthctl help 2>/dev/null | sed -nE '/^Commands/,/^$/s/^  ([a-z][-a-z]*) .*/\1/p'
}

_bmchealthctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' word before how
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $before in
		--) prev=program ;; # what follows is another's
		--run-dir | --root | --state-dir | --config | --from | --svg | --png | --command | \
			--format | --since | --wait | --at | --target | --timezone | --host) ;; # a value
		*) case $word in
			-*) ;;
			*) command=${command:-$word} ;;
			esac ;;
		esac
		test "$before" = -- || before=$word
	done
	case $prev in
	program) how=(-f) ;;
	--run-dir | --root | --state-dir) how=(-d) ;;
	--config | --csv | --from | --svg | --png | check-config) how=(-f) ;;
	--command) how=(-W "device-id sensor") ;;
	--format) how=(-W "evtx xml json syslog mixed") ;;
	--) how=(-c) ;;
	note) how=(-W reset) ;;
	winevt) how=(-W "decode import") ;;
	help) how=(-W "$(_bmchealthctl_commands)") ;;
	exec) how=(-W "--wait --") ;;
	*)
		case $command in
		'') how=(-W "$(_bmchealthctl_commands) $(_bmchealthctl_options)") ;;
		winevt) how=(-f -W "$(_bmchealthctl_options winevt)") ;;
		advise | export | history | replay | sensors | status)
			how=(-W "$(_bmchealthctl_targets) --json $(_bmchealthctl_options "$command")")
			;;
		*) how=(-W "--json $(_bmchealthctl_options "$command")") ;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen "${how[@]}" -- "$cur" | sort -u)
}
complete -F _bmchealthctl bmchealthctl
