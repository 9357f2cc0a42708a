# AppHost. Every job is one of these names; `make` alone prints them.

SWIFT       ?= swift
PREFIX      ?= /usr/local
DESTDIR     ?=
# A target may import only what it declares.
BUILD_FLAGS := --explicit-target-dependency-import-check error
RELEASE      = $(shell $(SWIFT) build -c release --show-bin-path $(BUILD_FLAGS))
DEBUG        = $(shell $(SWIFT) build --show-bin-path $(BUILD_FLAGS))
PROGRAM      = $(RELEASE)/apphost
# Where the trials make their roots: in memory where that can be had, because they make very many.
SCRATCH     ?= $(firstword $(wildcard /dev/shm) /tmp)
TRIALS       = SWIFT_BACKTRACE=enable=no TMPDIR=$(SCRATCH) $(RELEASE)/ReliabilityTrials
EATMYDATA    = $(firstword $(wildcard /usr/lib/*/libeatmydata.so) libeatmydata.so)
# Has python-tuf, for the benchmark of catalogs.
BENCH_PYTHON = .build/bench/venv/bin/python
PACKAGES    := libarchive-dev libssl-dev zlib1g-dev pkg-config python3
SUDO        := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.DEFAULT_GOAL := help
.PHONY: help setup setup-bench setup-browser setup-mutants setup-interop setup-api toolchain build build-trials demo test \
    subset check format bench bench-catalog bench-downtime bench-api browser bundles docs faults crash stress mutants \
    certify certify-debug hostile hostile-debug conformance interop api api-subset vectors fuzz fuzz-ci sanitize install \
    clean

help: ## Print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: toolchain ## Install the system packages that the build needs, where they are missing
	@missing=$$(for package in $(PACKAGES); do \
	    dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || echo $$package; done); \
	if [ -n "$$missing" ]; then \
	    echo "installing $$missing"; \
	    $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq $$missing; \
	fi

setup-bench: setup
	@for tool in bsdtar:libarchive-tools strace:strace wrk:wrk; do \
	    command -v $${tool%%:*} >/dev/null || $(SUDO) apt-get install -y -qq $${tool##*:}; done
	@python3 -c 'import ensurepip' 2>/dev/null || $(SUDO) apt-get install -y -qq python3-venv
	@test -x $(BENCH_PYTHON) || python3 -m venv .build/bench/venv
	@$(BENCH_PYTHON) -m pip install -q --disable-pip-version-check 'tuf==7.0.1' 'securesystemslib[crypto]'

setup-mutants: setup
	@test -e "$(EATMYDATA)" || $(SUDO) apt-get install -y -qq eatmydata

toolchain:
	@command -v $(SWIFT) >/dev/null || { \
	    echo "No Swift toolchain is on PATH. Swift 6.2 or newer is needed;"; \
	    echo "https://www.swift.org/install/linux says how to get it. Then run this again."; \
	    exit 69; }

build: setup ## Build the program, optimised and with the Swift runtime inside
	$(SWIFT) build -c release --product apphost --static-swift-stdlib $(BUILD_FLAGS)

demo: build ## Make a key, sign, pack, install, update, run and verify bundles, each command shown
	@sh Tests/Harness/demo.sh "$(PROGRAM)"

# Tests of the built program that wait for programs and servers most of the time.
PATIENT := ^ProgramTests\.(RealProgram|AppEnvironment|OutputLog|RunningGuard|HealthGate|Supervisor|KilledJudge|StartRefusal|Serve|API|Metrics|ServerEnd|Attack)
TEST = SWIFT_BACKTRACE=enable=no $(SWIFT) test $(BUILD_FLAGS)

# What starts programs apart from the engine: between fork and exec they hold every lock of the process that tests it.
# The patient tests run beside the others, without `swift test`, of which there can be one at a time.
test: setup ## Run every test, a subset of the trials, and what python-tuf and schemathesis try
	$(TEST) --filter '^ProcessesTests\.'
	@SWIFT_BACKTRACE=enable=no $(DEBUG)/apphostPackageTests.xctest --testing-library swift-testing \
	    --filter '$(PATIENT)' > .build/patient-tests.log 2>&1 & patient=$$!; \
	$(TEST) --skip-build --filter '^ProgramTests\.' --skip '$(PATIENT)'; status=$$?; \
	wait $$patient || status=1; cat .build/patient-tests.log; exit $$status
	$(MAKE) --no-print-directory subset interop api-subset
	$(TEST) --skip '^(ProgramTests|ProcessesTests)\.'

subset: setup
	$(SWIFT) build $(BUILD_FLAGS)
	SWIFT_BACKTRACE=enable=no TMPDIR=$(SCRATCH) $(DEBUG)/ReliabilityTrials faults --subset
	SWIFT_BACKTRACE=enable=no TMPDIR=$(SCRATCH) $(DEBUG)/ReliabilityTrials crash --subset \
	    --program $(DEBUG)/apphost --injector $(DEBUG)/SyscallInjector

check: setup ## Check the format, the imports, that nothing warns, and that TestBundles and docs/cli.md are made anew
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests
	$(SWIFT) build $(BUILD_FLAGS)
	rm -rf .build/bundles && cp -r TestBundles .build/bundles
	$(DEBUG)/BundleForge .build/bundles
	diff -r --no-dereference .build/bundles TestBundles
	sh Tests/Harness/cli-reference.sh $(DEBUG)/apphost | diff docs/cli.md -

format: ## Format the code
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

vectors: setup ## Try every public vector of Ed25519 that is in the folder VECTORS
	@for name in wycheproof cctv speccheck; do \
	    test -r "$(VECTORS)/$$name.json" || { echo "VECTORS=FOLDER has to have $$name.json"; exit 66; }; done
	APPHOST_VECTORS="$(abspath $(VECTORS))" $(TEST) --filter '^SignaturesTests\.'

build-trials: setup
	$(SWIFT) build -c release --product ReliabilityTrials --static-swift-stdlib $(BUILD_FLAGS)
	$(SWIFT) build -c release --product SyscallInjector --static-swift-stdlib $(BUILD_FLAGS)

faults: build-trials ## Fail every call of the engine and cut the power at every call, modelled
	$(TRIALS) faults

crash: build build-trials ## Kill the built program at every call, cut its power and fill its disk, for real
	$(TRIALS) crash --program "$(PROGRAM)" --injector $(RELEASE)/SyscallInjector

stress: build build-trials ## Try random histories, many processes at once, and ten thousand updates
	$(TRIALS) stress --program "$(PROGRAM)"

# Not in SCRATCH: nothing may be run from there on some hosts.
CERTIFY      = python3 Tests/Harness/certify/certify.py
certify: build ## Certify the built program, offline, and write the proof to .build/certification/evidence.json
	$(CERTIFY) "$(PROGRAM)" .build/certification/evidence.json

certify-debug: setup
	$(SWIFT) build $(BUILD_FLAGS)
	$(CERTIFY) --mode debug $(DEBUG)/apphost .build/certification/evidence-debug.json

# Not in SCRATCH, so that names and times are those of a file system that keeps them.
HOSTILE      = python3 -B Tests/Harness/hostile/hostile.py
hostile: build ## Give every hostile bundle to the built program, and look at what it did to this host
	$(HOSTILE) "$(PROGRAM)" TestBundles

hostile-debug: setup
	$(SWIFT) build --product apphost $(BUILD_FLAGS)
	$(HOSTILE) --quick --every 5 --seconds 20 $(DEBUG)/apphost TestBundles

# The suite is no package: it is cloned at one commit, or taken from SUITE.
SUITE       ?= .build/tuf-conformance
conformance: setup ## Run the TUF conformance suite against tuf-client
	command -v faketime >/dev/null || $(SUDO) apt-get install -y -qq faketime
	$(SWIFT) build --product tuf-client $(BUILD_FLAGS)
	[ -d $(SUITE) ] || { git clone -q https://github.com/theupdateframework/tuf-conformance $(SUITE) && \
	    git -C $(SUITE) checkout -q eec841c; }
	[ -x .build/conformance/bin/pytest ] || { python3 -m venv .build/conformance && \
	    .build/conformance/bin/pip install -q $(SUITE); }
	SWIFT_BACKTRACE=enable=no .build/conformance/bin/pytest -q $(SUITE)/tuf_conformance \
	    --entrypoint "$(DEBUG)/tuf-client"

setup-interop: setup
	@python3 -c 'import ensurepip' 2>/dev/null || $(SUDO) apt-get install -y -qq python3-venv
	@[ -x .build/interop/bin/python ] || python3 -m venv .build/interop
	@.build/interop/bin/pip install -q --disable-pip-version-check -r Tests/Harness/interop/requirements.txt

interop: setup-interop ## Exchange catalogs with the reference implementation of TUF, both ways
	$(SWIFT) build $(BUILD_FLAGS)
	SWIFT_BACKTRACE=enable=no .build/interop/bin/python Tests/Harness/interop/interop.py $(DEBUG)/apphost $(DEBUG)/tuf-client

# The browser is Debian's; of PyPI there are only the rules of accessibility, in a wheel that has axe-core.
BROWSER_PYTHON = .build/browser/venv/bin/python
setup-browser: setup
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { $(SUDO) apt-get update -qq && \
	    $(SUDO) apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-dejavu-core; }
	@python3 -c 'import ensurepip' 2>/dev/null || $(SUDO) apt-get install -y -qq python3-venv
	@test -x $(BROWSER_PYTHON) || python3 -m venv .build/browser/venv
	@$(BROWSER_PYTHON) -m pip install -q --disable-pip-version-check --no-deps -r Tests/Harness/browser/requirements.txt

browser: setup-browser ## Drive the page in a browser: the way of an update, bad forms, accessibility, screenshots
	$(SWIFT) build --product apphost $(BUILD_FLAGS)
	SWIFT_BACKTRACE=enable=no $(BROWSER_PYTHON) Tests/Harness/browser/browser.py $(DEBUG)/apphost .build/browser

setup-api: setup
	@python3 -c 'import ensurepip' 2>/dev/null || $(SUDO) apt-get install -y -qq python3-venv
	@[ -x .build/api/bin/python ] || python3 -m venv .build/api
	@.build/api/bin/pip install -q --disable-pip-version-check -r Tests/Harness/api/requirements.txt

api: build setup-api ## Hold the server against its OpenAPI document, with 1,000 requests that chance makes
	.build/api/bin/python -B Tests/Harness/api/schema.py --examples 1000 "$(PROGRAM)"

api-subset: setup-api
	$(SWIFT) build $(BUILD_FLAGS)
	.build/api/bin/python -B Tests/Harness/api/schema.py --examples 100 $(DEBUG)/apphost

MUTANTS      = python3 Tests/Harness/mutants/mutants.py
mutants: build build-trials setup-mutants ## Show that trials, tests and certification notice code that is wrong
	$(TRIALS) faults --without-flushes
	$(TRIALS) crash --expect-loss --preload $(EATMYDATA) --program "$(PROGRAM)" --injector $(RELEASE)/SyscallInjector
	TMPDIR=$(SCRATCH) $(MUTANTS) --group faults --group crash --group tests . .build-mutants
	$(MUTANTS) --group hostile --group certify . .build-mutants

# Of each target: SECONDS, or RUNS executions, or TOTAL with those of earlier runs. TARGETS names some, `Fuzz --list`
# all of them.
SECONDS     ?= 60
FUZZ         = python3 Tests/Harness/fuzz.py --swift "$(SWIFT)" --targets "$(TARGETS)"
fuzz: setup ## Fuzz each reader of what strangers write for SECONDS=60, with AddressSanitizer
	$(FUZZ) --seconds $(SECONDS) $(if $(RUNS),--runs $(RUNS)) $(if $(TOTAL),--total $(TOTAL)) . .build-fuzz

fuzz-ci: setup
	$(FUZZ) --seconds 5 . .build-fuzz

# What is tested inside the process that a sanitizer watches. ProgramTests run the ordinary program, and RepositoryTests
# only read text. ProcessesTests fork, and ThreadSanitizer says nothing of a child of a process with several threads.
SANITIZER   ?= address
# Of an allocation four frames are kept: to walk the stack takes longer than the allocation.
ASAN_OPTIONS ?= detect_leaks=0:malloc_context_size=4:quarantine_size_mb=32
UNWATCHED_address = ^(ProgramTests|RepositoryTests)\.
UNWATCHED_thread  = ^(ProgramTests|RepositoryTests|ProcessesTests)\.
TSAN_OPTIONS ?= suppressions=$(CURDIR)/Tests/Harness/thread-sanitizer.supp
# What waits has limits of time, so it runs apart from what computes.
WAITING  = ^(FetchingTests|ProcessesTests|SchedulingTests|ServerTests)\.
SANITIZE = ASAN_OPTIONS=$(ASAN_OPTIONS) TSAN_OPTIONS=$(TSAN_OPTIONS) $(TEST) --sanitize=$(SANITIZER) --scratch-path .build-$(SANITIZER)
sanitize: setup ## Run the tests of one process under SANITIZER=address, or thread
	@[ -n '$(UNWATCHED_$(SANITIZER))' ] || { echo "error: SANITIZER is address or thread"; exit 64; }
	$(SANITIZE) --filter '$(WAITING)' --skip '$(UNWATCHED_$(SANITIZER))'
	$(SANITIZE) --skip-build --skip '$(UNWATCHED_$(SANITIZER))|$(WAITING)'

# All of them, also where one misses a goal.
bench: build setup-bench ## Measure installs and updates of real bundles against doing it by hand, catalogs, downtime
	@status=0; \
	python3 Tests/Harness/bench/bench.py "$(PROGRAM)" .build/bench || status=1; \
	$(BENCH_PYTHON) Tests/Harness/bench/catalog.py "$(PROGRAM)" .build/bench || status=1; \
	python3 Tests/Harness/bench/downtime.py "$(PROGRAM)" .build/bench || status=1; \
	exit $$status

bench-catalog: build setup-bench ## Measure a catalog of 10,000 entries against python-tuf
	$(BENCH_PYTHON) Tests/Harness/bench/catalog.py "$(PROGRAM)" .build/bench

bench-downtime: build setup-bench ## Measure how long nobody answers while a running app is updated
	python3 Tests/Harness/bench/downtime.py "$(PROGRAM)" .build/bench

bench-api: build setup-bench ## Measure the API under load, and beside the smallest server of the same framework
	$(SWIFT) build -c release --product HelloServer --static-swift-stdlib $(BUILD_FLAGS)
	python3 -B Tests/Harness/api/load.py "$(PROGRAM)" $(RELEASE)/HelloServer

bundles: ## Regenerate TestBundles, byte for byte
	$(SWIFT) run $(BUILD_FLAGS) BundleForge TestBundles

docs: build ## Regenerate docs/cli.md from the program
	sh Tests/Harness/cli-reference.sh "$(PROGRAM)" > docs/cli.md

install: build ## Install the program, its completions and the units of systemd below PREFIX
	install -D -m 0755 "$(PROGRAM)" "$(DESTDIR)$(PREFIX)/bin/apphost"
	install -d "$(DESTDIR)$(PREFIX)/share/bash-completion/completions" \
	    "$(DESTDIR)$(PREFIX)/share/zsh/site-functions" "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d"
	"$(PROGRAM)" --generate-completion-script bash > "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/apphost"
	"$(PROGRAM)" --generate-completion-script zsh > "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_apphost"
	"$(PROGRAM)" --generate-completion-script fish > "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/apphost.fish"
	install -d "$(DESTDIR)$(PREFIX)/lib/systemd/system"
	for unit in docs/systemd/*; do \
	    sed 's|/usr/local/bin/|$(PREFIX)/bin/|' "$$unit" \
	        > "$(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}" || exit 1; done

clean: ## Remove what was built
	rm -rf .build .build-mutants .build-fuzz .build-address .build-thread
