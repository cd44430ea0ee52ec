import { expect, test } from 'vitest'
import { codeBlocks } from './code-blocks.ts'

const FENCE = '```'
const PRELUDES = ['express', 'testing']

test('a block knows its line, its language and whether it runs', () => {
  const text = `# Page\n\n${FENCE}ts\none\n${FENCE}\n\n- item\n\n  ${FENCE}js no-run\n  two\n    three\n  ${FENCE}\n`
  expect(codeBlocks('a.md', text, PRELUDES)).toEqual([
    { page: 'a.md', line: 4, language: 'ts', code: 'one\n', run: true, prelude: undefined },
    { page: 'a.md', line: 10, language: 'js', code: 'two\n  three\n', run: false, prelude: undefined },
  ])
})

test('a prelude holds until the next one', () => {
  const block = `${FENCE}ts\n${FENCE}\n`
  const text = `${block}<!-- prelude: express -->\n${block}${block}<!-- prelude: none -->\n${block}`
  const blocks = codeBlocks('a.md', text, PRELUDES)
  expect(blocks.map(({ prelude }) => prelude)).toEqual([undefined, 'express', 'express', undefined])
})

test('other languages are left alone', () => {
  const text = `${FENCE}sh\nnpm test\n${FENCE}\n${FENCE}\ntext\n${FENCE}\n\`\`\`\`md\n${FENCE}ts\n${FENCE}\n\`\`\`\`\n`
  expect(codeBlocks('a.md', text, PRELUDES)).toEqual([])
})

test('the doc comments of a source file are read, with the prelude of its folder', () => {
  const source = `/**\n * Says so.\n *\n * @example\n * ${FENCE}ts\n * say({\n *   so: true })\n * ${FENCE}\n */\nexport {}`
  const block = { line: 6, code: 'say({\n  so: true })\n' }
  expect(codeBlocks('src/limit/a.ts', source, PRELUDES)).toMatchObject([{ ...block, prelude: undefined }])
  expect(codeBlocks('src/testing/a.ts', source, PRELUDES)).toMatchObject([{ ...block, prelude: 'testing' }])
})

test.each([
  [`${FENCE}ts norun\n${FENCE}`, 'a.md:1: expected no-run or nothing after the language, got norun'],
  [`\n${FENCE}ts\n`, 'a.md: a code block without an end'],
  ['\n<!-- prelude: koa -->', 'a.md:2: expected one of the preludes express, testing, got koa'],
])('%j is an error', (text, message) => {
  expect(() => codeBlocks('a.md', text, PRELUDES)).toThrow(message)
})
