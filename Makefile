.DEFAULT_GOAL := help
PORT ?= 5000

.PHONY: help test test-servers demo

help: ## What there is
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

test: node_modules/.package-lock.json ## Every suite; ends with "N passed, N failed"
	@bash scripts/install-servers.sh redis-server
	@node scripts/run-suites.mjs

test-servers: node_modules/.package-lock.json ## Suites that start several servers, and break them
	@bash scripts/install-servers.sh redis-server redis-sentinel valkey-server
	@node scripts/run-suites.mjs servers

demo: node_modules/.package-lock.json ## The Express example on port 5000, or PORT=...
	@npm run --silent build
	@PORT=$(PORT) node examples/express/server.js

node_modules/.package-lock.json: package-lock.json
	npm ci --no-audit --no-fund
	@touch $@
