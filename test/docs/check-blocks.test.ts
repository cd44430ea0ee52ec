import { expect, test } from 'vitest'
import { compile, PRELUDES } from './check-blocks.ts'
import { codeBlocks, type CodeBlock } from './code-blocks.ts'

const FENCE = '```'

function page(info: string, code: string, before = ''): string {
  return `# Page\n\n${before}\n${FENCE}${info}\n${code}\n${FENCE}\n`
}

const WITH_PRELUDE = '<!-- prelude: express -->'

const PAGES = {
  wrongType: page('ts', `const text: string = 1`),
  wrongJavaScript: page('js', `Math.max('1')`),
  wrongOption: page('ts', `import { createLimiter } from 'sluice/express'\nvoid createLimiter({ kye: () => '' })`),
  missingPrelude: page('ts', `app.listen(5000)`),
  throws: page('ts', `const three: number = 3\nif (three > 2) throw new Error('too many')`),
  throwsUnrun: page('ts no-run', `throw new Error('not run')`),
  commonJs: page(
    'cjs',
    `const { LimiterError } = require('sluice')\nif (!LimiterError) throw new Error('nothing there')`,
  ),
  prelude: page('ts', `app.listen(5000, () => console.log(limiter))`, WITH_PRELUDE),
  ownNames: page(
    'ts',
    `import { createLimiter } from 'sluice/express'\nconst app = 5\nvoid [createLimiter, app.toFixed()]`,
    WITH_PRELUDE,
  ),
}

type Name = keyof typeof PAGES

const blocks = Object.entries(PAGES).flatMap(([name, text]) => codeBlocks(`${name}.md`, text, PRELUDES))
const workshop = compile('docs-controls', blocks)

function block(name: Name): CodeBlock {
  return blocks[Object.keys(PAGES).indexOf(name)]!
}

test.each<[Name, string]>([
  ['wrongType', 'wrongType.md:5:7: error TS2322'],
  ['wrongJavaScript', 'wrongJavaScript.md:5:10: error TS2345'],
  ['wrongOption', 'kye'],
  ['missingPrelude', `'app'`],
])('%s is found, at its line of the page', (name, expected) => {
  expect(workshop.typeProblems(block(name))).toEqual([expect.stringContaining(expected)])
})

test('an example that throws is found, unless it says no-run', async () => {
  expect(workshop.typeProblems(block('throws'))).toEqual([])
  expect(await workshop.run(block('throws'))).toContain('too many')
  expect(block('throws').run).toBe(true)
  expect(block('throwsUnrun').run).toBe(false)
})

test.each<Name>(['commonJs', 'prelude', 'ownNames'])('%s compiles and runs', async (name) => {
  expect(workshop.typeProblems(block(name))).toEqual([])
  expect(await workshop.run(block(name))).toBe('')
})
