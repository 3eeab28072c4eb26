#!/usr/bin/env bash
# Builds, tests, measures and shows Mesh.Orleans. `./build.sh help` lists the commands.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
solution=Mesh.Orleans.sln
artifacts=artifacts
started=$SECONDS

step() { printf '\n==> [%3ds] %s\n' $((SECONDS - started)) "$*"; }
fail() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

usage() {
    cat <<'TXT'
usage: ./build.sh <command> [--engine microsoft|embedded]

  demo [--exit]   two clusters on this machine, the guide run through them, left up until Ctrl-C (root)
                  --exit: torn down at the end, exit code 0 only when every expectation held
  test [filter]   everything checked and every test run (root); filter: part of a test project's name
  build           the solution, warnings as errors
  format          puts the code into the house format
  bench [...]     the proxies measured against HAProxy, nginx and stunnel; bench --help: what can be asked for
                  --soak [--minutes N]: under load for an hour while endpoints, policies and certificates change
  faults [name]   what breaks, made to break under traffic in two clusters, and a line for each: requests, failed, seconds to
                  recover (root); --list: what there is and what is promised; --help: what else can be asked for
  clean           removes what was built

  --engine        which Orleans the silo runs on: Microsoft's, or the embedded one, for which nothing needs to be downloaded. Also
                  MESH_ORLEANS_ENGINE=Microsoft|Embedded. Otherwise Microsoft's, wherever all of its packages can be had; build.sh says
                  which it took and why, and keeps to it until clean
TXT
}

# What the demo and the tests need from the system: command, Debian package.
needs=(ip:iproute2 nft:nftables dnsmasq:dnsmasq-base kubectl:kubernetes-client openssl:openssl curl:curl)

# What the tests run in pods of the sandbox, likewise.
test_needs=(curl:curl wrk:wrk h2load:nghttp2-client nghttp:nghttp2-client nginx:nginx-light redis-server:redis-server
    redis-cli:redis-tools psql:postgresql-client perl:perl)

# What the benchmarks measure against and with, likewise.
bench_needs=(ip:iproute2 haproxy:haproxy nginx:nginx-light stunnel4:stunnel4 wrk:wrk h2load:nghttp2-client
    /usr/lib/nginx/modules/ngx_stream_module.so:libnginx-mod-stream)

# Adds to the caller's "missing" the packages of what is not there; arguments: entries like those above.
missing_of() {
    local need
    for need in "$@"; do
        [ -e "${need%%:*}" ] || PATH=$PATH:/usr/sbin:/sbin command -v "${need%%:*}" >/dev/null || missing+=("${need##*:}")
    done
}

system_packages() {
    local missing=()
    missing_of "${needs[@]}"
    [ -x /usr/lib/cni/bridge ] || missing+=(containernetworking-plugins)
    install_packages "${missing[@]}"
}

test_packages() {
    local missing=()
    missing_of "${test_needs[@]}"
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    install_packages "${missing[@]}"
}

install_packages() {
    local missing
    mapfile -t missing < <(printf '%s\n' "$@" | sort -u | grep .)
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        fail "these packages are missing: ${missing[*]}. Install them, or run this as root on Debian to have them installed."
    fi
    step "installing ${missing[*]}"
    apt-get update -qq
    # Debian starts servers as soon as they are installed, unless this says no. These run in the sandbox or the benchmark only.
    local policy=/usr/sbin/policy-rc.d ours=0 result=0
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
        ours=1
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || result=$?
    if [ $ours = 1 ]; then
        rm -f $policy
        trap - EXIT
    fi
    [ $result = 0 ] || fail "apt-get could not install ${missing[*]}; its messages are above"
}

dotnet_sdk() {
    command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download"
    dotnet --version >/dev/null || fail "no .NET SDK here fits global.json: install .NET 10"
}

# Takes --engine out of the arguments, wherever it is; the others are left in "arguments".
take_engine() {
    arguments=()
    local engine
    while [ $# -gt 0 ]; do
        case $1 in
            --engine) [ $# -gt 1 ] || fail "--engine needs microsoft or embedded after it"; engine=$2; shift ;;
            --engine=*) engine=${1#*=} ;;
            *) arguments+=("$1"); shift; continue ;;
        esac
        shift
        case ${engine,,} in
            microsoft) export MESH_ORLEANS_ENGINE=Microsoft ;;
            embedded) export MESH_ORLEANS_ENGINE=Embedded ;;
            *) fail "--engine is '$engine'; it can be microsoft or embedded" ;;
        esac
    done
}

# Which Orleans: see ARCHITECTURE.md, "Two engines". The answer is kept in Directory.Engine.props until clean.
orleans_engine() {
    local props=Directory.Engine.props found engine
    if [ -n "${MESH_ORLEANS_ENGINE:-}" ]; then
        engine=$MESH_ORLEANS_ENGINE
        case $engine in Embedded|Microsoft) ;; *) fail "MESH_ORLEANS_ENGINE is '$engine'; it can be Embedded or Microsoft" ;; esac
        found="asked for"
        if [ $engine = Microsoft ] && ! microsoft_restores; then
            fail "not all packages of Microsoft's Orleans can be had from the registry in use; $artifacts/probe/log says which. \
Use another registry, or --engine embedded"
        fi
    elif [ -f $props ] && grep -q probe $props; then
        sed -n 's/.*<!-- probe: \(.*\) -->.*/\1/p' $props
        return
    elif microsoft_restores; then
        engine=Microsoft found="all of its packages can be had here"
    else
        engine=Embedded found="not all of Microsoft's packages can be had here; $artifacts/probe/log says which"
    fi
    found="Orleans engine: $engine ($found)"
    write_if_changed $props "<Project><!-- probe: $found --><PropertyGroup><OrleansEngine>$engine</OrleansEngine></PropertyGroup></Project>"
    echo "$found"
}

# A file that is written again makes everything build again.
write_if_changed() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ] || printf '%s\n' "$2" >"$1"; }

microsoft_restores() {
    step "asking the package registry for Microsoft's Orleans"
    mkdir -p $artifacts/probe
    cat >$artifacts/probe/probe.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Microsoft.Orleans.Server" />
    <PackageReference Include="Microsoft.Orleans.Connections.Security" />
    <PackageReference Include="Microsoft.Orleans.Dashboard" />
  </ItemGroup>
</Project>
XML
    dotnet restore $artifacts/probe/probe.csproj >$artifacts/probe/log 2>&1
}

build() {
    dotnet_sdk
    orleans_engine
    step "building"
    dotnet build $solution -c Release -v quiet --nologo
}

# Grains have to compile unchanged against Microsoft's packages; where those that they need can be had, that is tried.
check_against_microsoft() {
    grep -q '>Microsoft<' Directory.Engine.props && return
    step "compiling the grains against Microsoft's Orleans"
    local log=$artifacts/microsoft/log
    mkdir -p $artifacts/microsoft
    if ! dotnet restore Grains -p:OrleansEngine=Microsoft -p:ArtifactsPath="$PWD/$artifacts/microsoft" >"$log" 2>&1; then
        echo "not tried: Microsoft's packages do not restore here (see $log)"
        return
    fi
    dotnet build Grains -c Release --no-restore -v quiet --nologo -p:OrleansEngine=Microsoft -p:ArtifactsPath="$PWD/$artifacts/microsoft" ||
        fail "the grains compile against the embedded engine but not against Microsoft's"
}

# In a network namespace of its own, which ends with the last process in it; without root on the machine's own loopback.
run_bench() {
    local dll=$PWD/$artifacts/bin/Mesh.Benchmarks/release/Mesh.Benchmarks.dll
    ulimit -n "$(ulimit -Hn)"
    PATH=$PATH:/usr/sbin:/sbin
    if [ "$(id -u)" = 0 ] && unshare --net true 2>/dev/null; then
        exec unshare --net -- sh -c '
            ip link set lo up
            # Thousands of connections a second use up the usual range, each port resting for a minute.
            echo "10000 65000" >/proc/sys/net/ipv4/ip_local_port_range || echo "bench: the range of local ports stays as it is" >&2
            exec dotnet "$@"' bench "$dll" "$@"
    fi
    echo "build.sh: not root, or no network namespaces here: the benchmarks run on this machine's own loopback" >&2
    exec dotnet "$dll" "$@"
}

# Runs every test project and adds up what each one reports.
run_tests() {
    local filter=${1:-} project name passed=0 failed=0 skipped=0 broken=0 xml counts
    mkdir -p $artifacts/test-results
    for project in tests/*.Tests/*.csproj; do
        name=$(basename "$project" .csproj)
        [[ $name == *"$filter"* ]] || continue
        step "$name"
        xml=$artifacts/test-results/$name.xml
        rm -f "$xml"
        dotnet $artifacts/bin/"$name"/release/"$name".dll -xml "$xml" -noLogo -noColor || broken=1
        [ -f "$xml" ] || { echo "build.sh: $name ended without a result" >&2; failed=$((failed + 1)); continue; }
        counts=$(sed -n 's/.*<assembly \([^>]*\)>.*/\1/p' "$xml" | head -n 1)
        passed=$((passed + $(attribute passed "$counts")))
        failed=$((failed + $(attribute failed "$counts") + $(attribute errors "$counts")))
        skipped=$((skipped + $(attribute skipped "$counts")))
    done
    [ $broken = 0 ] || [ $failed != 0 ] || failed=1
    printf '\n%d passed, %d failed, %d skipped\n' $passed $failed $skipped
    [ $failed = 0 ]
}

attribute() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<" $2" | grep . || echo 0; }

take_engine "$@"
set -- "${arguments[@]}"

case ${1:-help} in
    build) build ;;
    test)
        system_packages
        test_packages
        build
        step "checking the format"
        dotnet format $solution --verify-no-changes --no-restore -v quiet || fail "run ./build.sh format"
        check_against_microsoft
        run_tests "${2:-}"
        ;;
    demo)
        shift
        system_packages
        build
        exec ./mesh demo "$@"
        ;;
    format) dotnet_sdk; dotnet format $solution ;;
    bench)
        missing=()
        # The soak compares with nobody.
        [ "${2:-}" = --soak ] || missing_of "${bench_needs[@]}"
        install_packages "${missing[@]}"
        dotnet_sdk
        orleans_engine
        step "building"
        dotnet build tests/Benchmarks -c Release -v quiet --nologo
        run_bench "${@:2}"
        ;;
    faults)
        shift
        system_packages
        dotnet_sdk
        orleans_engine
        step "building"
        dotnet build tests/Faults -c Release -v quiet --nologo
        exec dotnet $artifacts/bin/Mesh.Faults/release/Mesh.Faults.dll "$@"
        ;;
    clean) rm -rf $artifacts Directory.Engine.props ;;
    help|-h|--help) usage ;;
    *) usage >&2; exit 2 ;;
esac
