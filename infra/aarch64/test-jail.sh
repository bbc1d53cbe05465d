#!/usr/bin/env bash
# Runs the jail's tests on an emulated aarch64 machine under a real Linux kernel: infra/aarch64/test-jail.sh [TESTS]
# Kernel and userland are Debian packages from the mirror that apt is configured with, Python's are the wheels of infra/locks.
# Needs Debian with cpio and qemu-system-arm, a .venv for its pip, no root; 1 GB of disk, 2 GB of memory and some minutes.
# KERNEL=linux-image-arm64-16k takes another of Debian's kernels.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/infra/aarch64
suite=bookworm
kernel=${KERNEL:-linux-image-arm64}
debs=(python3 bash coreutils bubblewrap busybox-static libstdc++6)
wheels='annotated-types|iniconfig|numpy|packaging|pluggy|pyarrow|pydantic|pydantic-core|pygments|pytest|pyyaml|typing-extensions|typing-inspection'
[ $# -gt 0 ] || set -- tests/verifiers/code/{jail/test_seccomp,jail/test_jail,test_code,test_code_plain}.py

for tool in qemu-system-aarch64 cpio dpkg-deb apt-get; do
  command -v $tool >/dev/null || { echo "stillhouse: $tool is not installed (Debian: apt-get install qemu-system-arm cpio)" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

configure_apt() { # A second apt, for arm64, that touches nothing of this machine's
  local mirror
  mirror=$(apt-get indextargets --format '$(SITE)' 'Origin: Debian' 'Label: Debian' | sort -u | sed -n 1p)
  [ -n "$mirror" ] || { echo "stillhouse: apt knows no Debian mirror (run apt-get update)" >&2; exit 2; }
  mkdir -p "$work"/apt/{lists,cache/archives}/partial "$work/apt/sources"
  touch "$work/apt/status"
  printf '%s\n' 'Types: deb' "URIs: $mirror" "Suites: $suite $suite-backports" 'Components: main' \
    'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' > "$work/apt/sources/debian.sources"
  cat > "$work/apt/apt.conf" <<END
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "";
Debug::NoLocking "true";
Dir::State "$work/apt";
Dir::State::status "$work/apt/status";
Dir::Cache "$work/apt/cache";
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$work/apt/sources";
END
  export APT_CONFIG=$work/apt/apt.conf
  apt-get -qq update
}

unpack() { # FOLDER, .debs
  local folder=$1 deb; shift
  for deb in "$@"; do
    dpkg-deb --fsys-tarfile "$deb" | tar --extract --keep-directory-symlink --no-same-owner --directory "$folder"
  done
}

make_userland() {
  mkdir -p "$root"/usr/{bin,sbin,lib} "$root"/etc
  for folder in bin sbin lib; do ln -s "usr/$folder" "$root/$folder"; done
  apt-get -qq --download-only --yes install "${debs[@]}" >/dev/null
  unpack "$root" "$work"/apt/cache/archives/*.deb
  rm -rf "$root"/usr/share/{doc,man,locale}
  ln -sf busybox "$root/bin/sh"
  printf '%s\n' 'root:x:0:0::/root:/bin/sh' 'tester:x:1000:1000::/tmp:/bin/sh' > "$root/etc/passwd"
  printf '%s\n' 'root:x:0:' 'tester:x:1000:' > "$root/etc/group"
}

add_package() { # What is tested, with its wheels
  grep -E "^($wheels)==" infra/locks/cpu.txt > "$work/wheels.txt"
  .venv/bin/python -m pip --disable-pip-version-check -qq install --no-deps --no-compile --requirement "$work/wheels.txt" \
    --only-binary=:all: --python-version 3.11 --platform manylinux_2_28_aarch64 --platform manylinux2014_aarch64 \
    --target "$root/usr/local/lib/python3.11/dist-packages"
  mkdir -p "$root/srv/stillhouse"
  cp -r pipelines tests pyproject.toml "$root/srv/stillhouse"
  cp "$here/init" "$root/init"
  cp "$here/inside" "$root/srv/inside"
  printf '%q ' "$@" > "$root/srv/arguments"
}

get_kernel() {
  local package
  package=$(apt-cache show "$kernel/$suite-backports" | sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p')
  [ -n "$package" ] || { echo "stillhouse: no package $kernel in $suite-backports" >&2; exit 2; }
  (cd "$work" && apt-get -qq download "$package")
  mkdir "$work/kernel"
  unpack "$work/kernel" "$work"/linux-image-*.deb
}

configure_apt
make_userland
add_package "$@"
get_kernel
(cd "$root" && find . | cpio --create --format newc --owner 0:0 --quiet) > "$work/initramfs"
# With icount the machine's clock counts its instructions, one per nanosecond: a limit of CPU time is worth the same
# on a slow or busy host, and a sleep costs nothing.
timeout --foreground 3600 qemu-system-aarch64 -M virt -cpu max -smp 1 -m 3G -icount shift=0,sleep=off -rtc clock=vm -net none \
  -nodefaults -nographic -serial stdio -no-reboot -kernel "$work"/kernel/boot/vmlinuz-* -initrd "$work/initramfs" \
  -append "console=ttyAMA0 quiet panic=-1 lsm=landlock" </dev/null | tee "$work/log"
grep -q '^exit status: 0' "$work/log"
