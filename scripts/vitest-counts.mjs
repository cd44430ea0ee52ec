import { writeFileSync } from 'node:fs'

/** A vitest reporter that writes what `run-suites.mjs` sums up to the file named by `VITEST_COUNTS`. */
export default class VitestCounts {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    /** @type {import('./run-suites.mjs').Counts} */
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: [] }
    for (const module of modules) {
      counts.failed += module.errors().length
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (result.state === 'passed') counts.passed += 1
        else if (result.state === 'failed') counts.failed += 1
        else counts.skipped.push({ count: 1, what: `${test.fullName}: ${noteOf(result) ?? 'no reason given'}` })
      }
    }
    writeFileSync(process.env.VITEST_COUNTS ?? '', JSON.stringify(counts))
  }
}

/**
 * @param {import('vitest/node').TestResult} result
 * @returns {string | undefined}
 */
function noteOf(result) {
  return result.state === 'skipped' ? result.note : undefined
}
