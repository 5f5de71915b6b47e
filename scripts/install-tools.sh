#!/usr/bin/env bash
# What the tests use and Debian has: a broker, a browser, a printer, systemd's own checks, compilers for firmware. Without root or apt they are skipped by name.
set -euo pipefail
packages=()
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || packages+=(mosquitto)
command -v chromium >/dev/null || packages+=(chromium fonts-noto-cjk)
command -v ippeveprinter >/dev/null || [ -x /usr/sbin/ippeveprinter ] || packages+=(cups-ipp-utils dbus avahi-daemon iproute2)
command -v systemd-analyze >/dev/null || packages+=(systemd)
{ command -v gcc && command -v make && [ -e /usr/include/mosquitto.h ]; } >/dev/null || packages+=(gcc libc6-dev make libmosquitto-dev)
command -v arm-none-eabi-gcc >/dev/null || packages+=(gcc-arm-none-eabi libnewlib-arm-none-eabi)
[ ${#packages[@]} -eq 0 ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed here: ${packages[*]} (the tests that need them are skipped)"
  exit 0
fi
echo "installing ${packages[*]} ..."
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >"$log" 2>&1 || { tail -n 5 "$log"; echo "could not install ${packages[*]}: the tests that need them are skipped"; }
# Debian starts a broker of its own; ours listen elsewhere.
command -v systemctl >/dev/null && systemctl stop mosquitto >/dev/null 2>&1 || true
