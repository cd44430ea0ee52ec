import { expect, test } from 'vitest'
import { isExcusing, RULINGS } from '../../conformance/tags.ts'
import { readFiles, ROOT } from '../repository.ts'

/** The tags that tests name, one for each. */
function tagsIn(files: ReadonlyMap<string, string>): string[] {
  return [...files.values()].flatMap((text) => [...text.matchAll(/^better\(\s*'([a-z\d-]+)'/gm)].map(([, tag]) => tag!))
}

const tests = readFiles(`${ROOT}/test/decisions`, (path) => path.endsWith('.test.ts') && path !== 'all-tags.test.ts')

test('each tag that is ruled better has a test, and no other', () => {
  expect(tagsIn(tests).toSorted()).toEqual(Object.keys(RULINGS).filter(isExcusing).toSorted())
})

test('a tag without a test, one with two, and one that is not ruled better are found', () => {
  const files = new Map([
    ['a.test.ts', "better('one', 'x', () => {})\nbetter(\n  'two',\n  'y',\n  () => {},\n)\n// better('three'"],
  ])
  expect(tagsIn(files)).toEqual(['one', 'two'])
})
