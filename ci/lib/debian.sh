# Functions to take packages of Debian 12, of any processor, without installing them. To be sourced.

# use_debian DIRECTORY PROCESSOR...: apt works in the directory from now on, for these processors, the first its own.
use_debian() {
    local apt=$1/apt source uri
    shift
    mkdir -p "$apt"/{lists/partial,cache/archives/partial,parts,preferences,state}
    : >"$apt/status"
    source=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | grep -m 1 '^deb .*bookworm main' || true)
    if [[ -z $source ]]; then # the newer form of that file
        uri=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources | head -n 1)
        source="deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri bookworm main"
    fi
    echo "$source" >"$apt/sources.list"
    cat >"$apt/apt.conf" <<EOF
APT::Architecture "$1";
APT::Architectures { $(printf '"%s"; ' "$@") };
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::State "$apt/state";
Dir::State::Lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/parts";
Dir::Etc::preferencesparts "$apt/preferences";
EOF
    export APT_CONFIG=$apt/apt.conf
    apt-get --quiet --quiet update
}

# unpack DIRECTORY PACKAGE...: their files go to the directory.
unpack() {
    local directory=$1 package
    shift
    mkdir -p "$directory/debs"
    (cd "$directory/debs" && apt-get --quiet --quiet download "$@")
    for package in "$directory"/debs/*.deb; do
        dpkg --extract "$package" "$directory"
    done
    rm -rf "$directory/debs" "$directory/apt"
}
