# Functions to install dependencies and to build. tools/test, tools/quickstart, tools/reproduce and
# tools/test_platform source this in the project's folder. Uses apt-get on Debian 12+ and Ubuntu
# 24.04+; elsewhere lists what is needed.

build_packages=(gcc libc6-dev meson ninja-build pkg-config ocl-icd-opencl-dev opencl-c-headers
    libclblast-dev libstb-dev libjansson-dev liblapacke-dev libzip-dev zlib1g-dev)
driver_packages=(pocl-opencl-icd) # OpenCL for any CPU
test_packages=(libcmocka-dev clang clang-tidy cppcheck libclang-rt-dev locales python3 python3-numpy glmark2-data)
# Programs that test results are compared with; without them tests are skipped. python3-venv installs
# more of them from PyPI.
peer_packages=(python3-venv python3-torch man-db zsh)
# The MPI for tests of ranks, and a second one for --full.
mpi_packages=(libopenmpi-dev openmpi-bin)
more_mpi_packages=(libmpich-dev mpich)
# Checks memory accesses of kernels. A separate list, because some releases lack it.
watcher_packages=(oclgrind)
browser_packages=(chromium) # opens the report
gpu_packages=(clang-19 libclc-19) # compiles the kernels for GPUs

# missing_packages PACKAGE...: prints those that are not installed according to dpkg.
missing_packages() {
    local package
    for package in "$@"; do
        if [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) != "install ok installed" ]]
        then
            echo "$package"
        fi
    done
}

# missing_tools [MODULE...]: prints missing programs and pkg-config modules.
missing_tools() {
    local name
    for name in meson ninja pkg-config; do
        command -v "$name" >/dev/null || echo "$name"
    done
    command -v cc >/dev/null || command -v gcc >/dev/null || echo "a C compiler"
    if command -v pkg-config >/dev/null; then
        for name in OpenCL stb jansson lapacke zlib libzip "$@"; do
            pkg-config --exists "$name" || echo "pkg-config module $name"
        done
    fi
}

# as_root COMMAND...: runs the command as root, with sudo if necessary.
as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    else
        sudo "$@"
    fi
}

# install_packages PACKAGE...: installs missing packages; if that fails, lists them and returns 1.
install_packages() {
    local modules=()
    if [[ " $* " == *" libcmocka-dev "* ]]; then
        modules=(cmocka)
    fi
    local missing=()
    if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
        mapfile -t missing < <(missing_packages "$@")
        if [[ ${#missing[@]} == 0 ]]; then
            return 0
        fi
        if [[ $(id -u) == 0 ]] || command -v sudo >/dev/null; then
            echo "installing ${missing[*]}"
            as_root apt-get update -q </dev/null &&
                as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
                    --no-install-recommends "${missing[@]}" </dev/null && return 0
            echo "could not install: ${missing[*]}" >&2
        fi
    fi
    local tools
    tools=$(missing_tools ${modules[@]+"${modules[@]}"})
    if [[ -z $tools ]]; then
        return 0 # installed some other way
    fi
    {
        echo "not found:"
        sed 's/^/    /' <<<"$tools"
        echo "install what the Debian packages ${missing[*]:-$*} hold, then run this again"
        echo "(on Debian and Ubuntu this needs root or sudo and happens by itself)"
    } >&2
    return 1
}

# have_opencl_device: whether the built program finds a device. An .icd file does not prove this:
# Mesa's drivers offer no device by default.
have_opencl_device() {
    local status=0
    build/src/cli/lowbend devices --device auto >/dev/null 2>&1 || status=$?
    [[ $status != 3 ]]
}

# build_program [PACKAGE]...: builds build/src/cli/lowbend; installs its dependencies, an OpenCL device
# if there is none, and the given packages.
build_program() {
    install_packages "${build_packages[@]}" "$@" || return 1
    if [[ ! -f build/build.ninja ]]; then
        meson setup build --buildtype=release -Dtests=false || return 1
    fi
    ninja -C build || return 1
    if ! have_opencl_device; then
        install_packages "${driver_packages[@]}"
    fi
}
