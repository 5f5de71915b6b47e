#!/usr/bin/env bash
# What the tests use and Debian has: a broker, a browser, a printer, systemd's own checks, what stands around a cloud, compilers for firmware; and a MicroPython from npm, in .tools/.
# Without root, apt or npm they are skipped by name.
set -euo pipefail
cd "$(dirname "$0")/.."

from_debian() {
  local packages=()
  command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || packages+=(mosquitto)
  command -v chromium >/dev/null || packages+=(chromium fonts-noto-cjk)
  command -v ippeveprinter >/dev/null || [ -x /usr/sbin/ippeveprinter ] || packages+=(cups-ipp-utils dbus avahi-daemon iproute2)
  command -v systemd-analyze >/dev/null || packages+=(systemd)
  { command -v gcc && command -v make && [ -e /usr/include/mosquitto.h ]; } >/dev/null || packages+=(gcc libc6-dev make libmosquitto-dev)
  command -v arm-none-eabi-gcc >/dev/null || packages+=(gcc-arm-none-eabi libnewlib-arm-none-eabi)
  command -v qemu-system-arm >/dev/null || packages+=(qemu-system-arm)
  command -v npm >/dev/null || packages+=(nodejs npm)
  command -v mosquitto_pub >/dev/null || packages+=(mosquitto-clients)
  command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || packages+=(nginx-light libnginx-mod-stream)
  command -v docker-compose >/dev/null || packages+=(docker-compose)
  command -v prometheus >/dev/null || packages+=(prometheus)
  [ ${#packages[@]} -eq 0 ] && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not installed here: ${packages[*]} (the tests that need them are skipped)"
    return
  fi
  echo "installing ${packages[*]} ..."
  export DEBIAN_FRONTEND=noninteractive
  local log
  log=$(mktemp)
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >"$log" 2>&1 || { tail -n 5 "$log"; echo "could not install ${packages[*]}: the tests that need them are skipped"; }
  # Debian starts servers of its own; ours listen elsewhere.
  command -v systemctl >/dev/null && systemctl stop mosquitto nginx prometheus >/dev/null 2>&1 || true
}

from_npm() {
  local package=@micropython/micropython-webassembly-pyscript version=1.27.0
  [ -d ".tools/node_modules/$package" ] && return
  command -v npm >/dev/null || return 0
  npm install --silent --no-fund --no-audit --prefix .tools "$package@$version" >/dev/null 2>&1 || echo "could not install $package: the tests that need it are skipped"
}

from_debian
from_npm
