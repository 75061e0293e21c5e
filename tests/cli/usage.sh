#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command line's promises: exit statuses, help, refusals.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
expect() { # status, words of the check, command...
	local want=$1 what=$2 got
	shift 2
	"$@" >"$work/out" 2>"$work/err"
	got=$?
	if [ "$got" != "$want" ]; then
		echo "usage: $what: exit status $got, expected $want" >&2
		cat "$work/err" >&2
		bad=1
	fi
}
says() { # file, text
	grep -qF -- "$2" "$work/$1" || { echo "usage: std$1 does not say '$2':" >&2; cat "$work/$1" >&2; bad=1; }
}

expect 2 "no command" "$CASELINE"
expect 2 "unknown command" "$CASELINE" frobnicate
says err "'frobnicate' is no command"
expect 0 "version" "$CASELINE" --version
expect 0 "help" "$CASELINE" --help
for command in analyze inventory entities timeline show why explain knowledge parsers; do
	expect 0 "$command --help" "$CASELINE" "$command" --help
	says out "usage: caseline $command"
done
# The manual page knows every option, and no other.
for command in analyze why parsers; do "$CASELINE" "$command" --help; done | grep -oE '^ +(-., )?--[a-z-]+' |
	grep -oE -- '--[a-z-]+' | sort -u >"$work/help"
sed 's/\\-/-/g' docs/caseline.1 | grep -oE -- '--[a-z-]+' | sort -u | grep -vx -- --version >"$work/manual"
diff "$work/help" "$work/manual" >&2 || { echo "usage: docs/caseline.1 and --help differ" >&2; bad=1; }
expect 2 "analyze without a bundle" "$CASELINE" analyze -o "$work/o"
expect 2 "analyze without -o" "$CASELINE" analyze "$work"
expect 2 "unknown option" "$CASELINE" analyze --frob x -o "$work/o"
says err "--frob"
expect 2 "option without value" "$CASELINE" analyze x -o
expect 2 "bad number" "$CASELINE" analyze x -o "$work/o" --jobs zero
expect 2 "bad time" "$CASELINE" timeline x --since yesterday
expect 3 "no such bundle" "$CASELINE" analyze "$work/none.zip" -o "$work/o"
says err "none.zip"
[ ! -e "$work/o/incidents.json" ] || { echo "usage: output in spite of no input" >&2; bad=1; }
expect 3 "inventory of nothing" "$CASELINE" inventory "$work/none.zip"
expect 3 "entities of nothing" "$CASELINE" entities "$work/none.zip"
expect 2 "entities without a bundle" "$CASELINE" entities
expect 0 "explain an event" "$CASELINE" explain VSS/8229
says out "signal vss-writer-failed, a root of vss-writer-failed/event"
expect 0 "parsers" "$CASELINE" parsers
says out "evtx"
mkdir "$work/full"
echo mine >"$work/full/notes.txt"
printf '2024-05-14 03:00:00 INFO hello\n' >"$work/hello.log"
expect 4 "foreign files in the output folder" "$CASELINE" analyze "$work/hello.log" -o "$work/full"
says err "notes.txt"
expect 0 "the same with --force" "$CASELINE" analyze "$work/hello.log" -o "$work/full" --force
[ "$(cat "$work/full/notes.txt")" = mine ] || { echo "usage: --force touched a foreign file" >&2; bad=1; }
expect 0 "one output of several" "$CASELINE" analyze "$work/hello.log" -o "$work/one" --output markdown
says out "$work/one/report.md"
! grep -q 'report.html' "$work/out" || { echo "usage: names a report that was not written" >&2; bad=1; }
expect 4 "an output folder that can't be made" "$CASELINE" analyze "$work/hello.log" -o "$work/hello.log/x"
expect 4 "an output folder without a name" "$CASELINE" analyze "$work/hello.log" -o ""
expect 0 "an output folder below one that is not there" "$CASELINE" analyze -q "$work/hello.log" -o "$work/new/below"

# A disk that is full while the evidence is read: status 4 and no result, never "no incident".
printf '2024-05-14 03:00:00 ERROR the backup failed\n' >"$work/job.log"
expect 4 "no room for the work file" bash -c 'ulimit -f 600; exec "$CASELINE" analyze "$0" -o "$1"' "$work/job.log" "$work/o6"
says err "work file can't grow"
[ ! -e "$work/o6/incidents.json" ] || { echo "usage: a result in spite of a full disk" >&2; bad=1; }
head -c 3000000 /dev/zero >"$work/large.bin"
(cd "$work" && tar -czf large.tar.gz large.bin)
expect 4 "no room for a large member" bash -c 'ulimit -f 2000; exec "$CASELINE" analyze "$0" -o "$1" --spool-above 100000' "$work/large.tar.gz" "$work/o7"
says err "no room for the bytes of"
# What no parser knows is no healthy case.
printf 'hello\n' >"$work/strange.txt"
expect 3 "a file that no parser knows" "$CASELINE" analyze "$work/strange.txt" -o "$work/o8"
says err "no parser knows"
expect 0 "its inventory" "$CASELINE" inventory "$work/strange.txt"
expect 3 "an empty standard input" sh -c '"$CASELINE" analyze - -o "$0" </dev/null' "$work/o4"

# Interrupted: status 5, and nothing of a result.
(
	sleep 5 | {
		"$CASELINE" analyze - -o "$work/o5" --quiet 2>/dev/null &
		# A job in the background begins with interrupts ignored: again, until it listens.
		for _ in 1 2 3 4 5 6 7 8; do
			sleep 0.5
			kill -INT $! 2>/dev/null || break
		done
		wait $!
		echo $? >"$work/status"
	}
)
[ "$(cat "$work/status")" = 5 ] || { echo "usage: interrupted: exit status $(cat "$work/status"), expected 5" >&2; bad=1; }
[ ! -e "$work/o5/incidents.json" ] || { echo "usage: a result in spite of an interruption" >&2; bad=1; }
exit $bad
