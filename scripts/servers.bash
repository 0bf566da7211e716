# servers.bash - sourced by the scripts that start servers: free ports, the end of a server, what Maven fetches.

# Does anything listen on this port of the loopback?
port_is_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# A port that nothing listens on, below the range that the kernel gives to
# outgoing connections.  Another program may take it meanwhile: callers that
# chose it themselves try again with another.
port_free() {
    local port
    for _ in {1..200}; do
        port=$((RANDOM % 12000 + 20000))
        port_is_taken $port || { echo $port; return; }
    done
    echo "no free port found" >&2
    return 1
}

# server_stop SIGNAL DIR FILE SECONDS: end the process that running_pid (the caller's)
# knows.  FILE of DIR has its port, or address; SECONDS lie between a hundred looks.
server_stop() {
    local signal=$1 dir pid
    [ -d "$2" ] || return 0
    dir=$(cd "$2" && pwd)
    pid=$(running_pid "$dir") || return 0
    kill "-$signal" "$pid" 2>/dev/null || true
    for _ in {1..100}; do
        # What dies lets go of its port last.
        running_pid "$dir" >/dev/null || port_is_taken "$(sed 's/.*://' "$dir/$3" 2>/dev/null)" || { rm -f "$dir/pid"; return 0; }
        sleep "$4"
    done
    kill -9 "$pid" 2>/dev/null || true
    rm -f "$dir/pid"
}

# fetch_once HOME VERSION WHAT ARGUMENT...: Maven with these arguments brings WHAT into
# HOME, once, and what is packed is unpacked there; complain is the caller's.
fetch_once() {
    local home=$1 mark=$1/$2.fetched what=$3 packed
    shift 3
    [ ! -e "$mark" ] || return 0
    mkdir -p "${home%/*}"
    (
        flock 9 # two at once would disturb each other
        [ ! -e "$mark" ] || exit 0
        command -v mvn >/dev/null || complain "needs Maven: scripts/install kafka"
        echo "${0##*/}: fetching $what" >&2
        rm -rf "$home"
        mkdir -p "$home"
        mvn -B -q -Dstyle.color=never "$@" </dev/null >"$home/fetch.log" 2>&1 || {
            tail -n 15 "$home/fetch.log" >&2
            complain "Maven could not fetch $what"
        }
        for packed in "$home"/*.tar.gz; do
            [ ! -e "$packed" ] || { tar -xzf "$packed" -C "$home" && rm "$packed"; }
        done
        touch "$mark"
    ) 9>"$home.lock"
}
