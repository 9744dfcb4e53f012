#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Makes a fresh checkout ready: npm packages, the build, then what `hoplab setup` does.
# What is there already is left alone: a second call takes a moment. --dev adds what the tests need.
set -eu
cd "$(dirname "$(readlink -f "$0")")"

fail() {
	echo "setup.sh: $1" >&2
	exit 1
}

usage() {
	echo 'usage: ./setup.sh [--dev]

Makes this checkout ready: npm packages, the build, Debian packages, native parts, the guest kernel.
What is there already is left alone. --dev adds what the tests and benches need.'
}

for word in "$@"; do
	case $word in
	-h | --help)
		usage
		exit 0
		;;
	--dev) ;;
	*)
		usage >&2
		fail "unknown option $word"
		;;
	esac
done

command -v node >/dev/null || fail 'node is missing: install Node.js 20.19 or later, with npm'
node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' ||
	fail "node is $(node --version), and 20.19 is the lowest that works"

# npm's own mark says which lock file node_modules was made from, but not that it was made whole.
lock=$(cksum <package-lock.json)
if [ "$(cat node_modules/.hoplab-lock 2>/dev/null)" != "$lock" ]; then
	command -v npm >/dev/null || fail 'npm is missing: it comes with Node.js, on Debian also as the package npm'
	echo 'npm packages: npm ci'
	npm ci --include=dev --no-audit --no-fund --loglevel=error
	echo "$lock" >node_modules/.hoplab-lock
fi

# Folders count too: their time tells of files that were deleted.
if [ ! -f dist/.built ] || [ -n "$(find src test bench tsconfig.json node_modules/.hoplab-lock -newer dist/.built -print -quit)" ]; then
	echo 'build: tsc'
	mkdir -p dist
	touch dist/.building
	node_modules/.bin/tsc -p tsconfig.json
	mv dist/.building dist/.built
fi

# The next command is said as it can be typed here.
HOPLAB_CALLED=$PWD/hoplab exec node bin/hoplab.js setup "$@"
