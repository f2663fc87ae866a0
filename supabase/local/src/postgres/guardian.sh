# Runs the command given as arguments, and stops it when standard input closes: that happens when whoever holds the
# other end is done with it, or is killed and can't tell.
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
(
    read -r _ <&3
    kill -INT "$server"
) 2>/dev/null &
watcher=$!
exec 3<&-
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
