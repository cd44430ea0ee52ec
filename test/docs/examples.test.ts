import { expect, test } from 'vitest'
import { readFiles, ROOT } from '../repository.ts'
import { compile, PRELUDES } from './check-blocks.ts'
import { codeBlocks } from './code-blocks.ts'

const pages = readFiles(ROOT, (path) => /^(README\.md|docs\/.*\.md|src\/.*\.ts)$/.test(path))
const blocks = [...pages].flatMap(([page, text]) => codeBlocks(page, text, PRELUDES))
const workshop = compile('docs', blocks)

test.concurrent.for(blocks)('the example at $page:$line holds', async (block) => {
  expect(workshop.typeProblems(block)).toEqual([])
  if (block.run) expect(await workshop.run(block)).toBe('')
})

test('the README has an example', () => {
  expect(blocks.map(({ page }) => page)).toContain('README.md')
})
