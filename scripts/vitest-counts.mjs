import { writeFileSync } from 'node:fs'

/** @import { TestCase, TestModule, TestSuite } from 'vitest/node' */

/** A vitest reporter that writes what `run-suites.mjs` sums up to the file named by `VITEST_COUNTS`. */
export default class VitestCounts {
  #passed = 0
  /** @type {import('./run-suites.mjs').Tally[]} */
  #failed = []
  /** @type {Map<string, number>} */
  #skipped = new Map()

  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly { message: string }[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    this.#fail('outside of any test', unhandledErrors)
    for (const module of modules) this.#count(module)
    const skipped = Array.from(this.#skipped, ([what, count]) => ({ count, what }))
    /** @type {import('./run-suites.mjs').Counts} */
    const counts = { passed: this.#passed, failed: this.#failed, skipped }
    writeFileSync(process.env.VITEST_COUNTS ?? '', JSON.stringify(counts))
  }

  /**
   * @param {TestModule | TestSuite} suite
   * @param {string} [around] The suite around it that was skipped as a whole, and why.
   */
  #count(suite, around) {
    const errors = suite.errors()
    this.#fail(nameOf(suite), errors)
    const why = whyOf(suite) ?? (errors[0] && `it could not begin: ${firstLine(errors[0])}`)
    const skippedWhole = around ?? (why && `${nameOf(suite)}: ${why}`)
    for (const child of suite.children) {
      if (child.type === 'suite') this.#count(child, skippedWhole)
      else this.#countTest(child, skippedWhole)
    }
  }

  /**
   * @param {TestCase} test
   * @param {string} [around]
   */
  #countTest(test, around) {
    const result = test.result()
    if (result.state === 'passed') this.#passed += 1
    else if (result.state === 'failed') this.#fail(nameOf(test), [result.errors[0] ?? { message: 'no reason given' }])
    else {
      const note = result.state === 'skipped' ? result.note : 'it did not end'
      const what = note === undefined && around ? around : `${nameOf(test)}: ${note ?? 'no reason given'}`
      this.#skipped.set(what, (this.#skipped.get(what) ?? 0) + 1)
    }
  }

  /**
   * @param {string} what
   * @param {readonly { message: string }[]} errors
   */
  #fail(what, errors) {
    for (const error of errors) this.#failed.push({ count: 1, what: `${what}: ${firstLine(error)}` })
  }
}

/**
 * @param {{ message: string }} error
 * @returns {string}
 */
function firstLine({ message }) {
  // What was thrown need not be an error.
  return String(message).split('\n', 1)[0] ?? ''
}

/**
 * The reason that `test/servers/describe-with.ts` has left with a suite.
 * @param {TestModule | TestSuite} suite
 * @returns {string | undefined}
 */
function whyOf(suite) {
  return /** @type {{ whySkipped?: string }} */ (suite.meta()).whySkipped
}

/**
 * @param {TestModule | TestSuite | TestCase} task
 * @returns {string}
 */
function nameOf(task) {
  return task.type === 'module' ? task.relativeModuleId : `${task.module.relativeModuleId} > ${task.fullName}`
}
