# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion of bmchealthctl: commands and options as `bmchealthctl help` lists them, target
# names as the daemon knows them.
_bmchealthctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words
	COMPREPLY=()
	case $prev in
	--run-dir | --root | --state-dir)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--config | --csv | --from | --svg | --png | check-config)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	advise)
		mapfile -t COMPREPLY < <(compgen -W "--windows --json" -- "$cur")
		return
		;;
	exec)
		mapfile -t COMPREPLY < <(compgen -W "--wait --" -- "$cur")
		return
		;;
	--)
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		return
		;;
	replay)
		mapfile -t COMPREPLY < <(compgen -W "--csv --from-store --words" -- "$cur")
		return
		;;
	--command)
		mapfile -t COMPREPLY < <(compgen -W "device-id sensor" -- "$cur")
		return
		;;
	history)
		mapfile -t COMPREPLY < <(compgen -W "--since --command --from --json --csv --svg --png" -- "$cur")
		return
		;;
	note)
		mapfile -t COMPREPLY < <(compgen -W "reset" -- "$cur")
		return
		;;
	reset)
		mapfile -t COMPREPLY < <(compgen -W "--at --target" -- "$cur")
		return
		;;
	export)
		mapfile -t COMPREPLY < <(compgen -W "--csv --since" -- "$cur")
		return
		;;
	status | sensors)
		words=$(bmchealthctl --json status 2>/dev/null |
			sed -n 's/^      "name": "\(.*\)",$/\1/p')
		mapfile -t COMPREPLY < <(compgen -W "$words --json" -- "$cur")
		return
		;;
	esac
	words=$(bmchealthctl help 2>/dev/null | sed -n 's/^  \([-a-z]*\) .*/\1/p')
	mapfile -t COMPREPLY < <(compgen -W "$words --version --help" -- "$cur")
}
complete -F _bmchealthctl bmchealthctl
