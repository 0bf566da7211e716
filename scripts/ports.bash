# ports.bash - sourced by the scripts that start servers: free ports.

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
