import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { filesIn, readFiles, ROOT } from '../repository.ts'

/** The anchors of a page, made as GitHub makes them. */
function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of withoutCode(markdown).matchAll(/^#+ +(.*)$/gm)) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    const slug = text
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
    let anchor = slug
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`
    anchors.add(anchor)
  }
  return anchors
}

/** Blanks out fenced blocks; lines stay where they are. */
function withoutCode(markdown: string): string {
  return markdown.replace(/^( *)(`{3,})[^\n]*\n[\s\S]*?^ *\2 *$/gm, (block) => block.replace(/[^\n]/g, ''))
}

/** Links within the repository that lead nowhere. `files` are all there are, `pages` the text of those in Markdown. */
function linkProblems(files: readonly string[], pages: ReadonlyMap<string, string>): string[] {
  const targets = new Set(files.flatMap((path) => [path, ...foldersOf(path)]))
  const problems: string[] = []
  for (const [page, markdown] of pages) {
    const text = withoutCode(markdown).replace(/`[^`\n]*`/g, '')
    for (const { 1: inline, 2: reference, index } of text.matchAll(/\]\(<?([^)\s>]+)[^)]*\)|^\[[^\]]+\]: +(\S+)/gm)) {
      const link = inline ?? reference ?? ''
      if (/^[a-z]+:/.test(link)) continue
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : posix.join(posix.dirname(page), decodeURI(path)).replace(/\/$/, '')
      const at = `${page}:${text.slice(0, index).split('\n').length}`
      if (!targets.has(target)) problems.push(`${at}: ${link} leads nowhere`)
      else if (anchor !== undefined && !anchorsOf(pages.get(target) ?? '').has(anchor))
        problems.push(`${at}: ${link} names no heading`)
    }
  }
  return problems
}

function foldersOf(path: string): string[] {
  const folder = posix.dirname(path)
  return folder === '.' ? ['.'] : [folder, ...foldersOf(folder)]
}

test('every link within the repository leads somewhere', () => {
  const pages = readFiles(ROOT, (path) => path.endsWith('.md') && !path.startsWith('conformance/corpus/'))
  expect(pages.size).toBeGreaterThan(2)
  expect(linkProblems(filesIn(ROOT), pages)).toEqual([])
})

const check = (text: string): string[] =>
  linkProblems(
    ['docs/a.md', 'docs/guide/b.md'],
    new Map([
      ['docs/a.md', text],
      ['docs/guide/b.md', '# One `two`, three!\n\n## Twice\n\n## Twice'],
    ]),
  )

test.each([
  ['[b](guide/c.md)', 'docs/a.md:1: guide/c.md leads nowhere'],
  ['\n[b]: ../c.md', 'docs/a.md:2: ../c.md leads nowhere'],
  ['[b](guide/b.md#one-two)', 'docs/a.md:1: guide/b.md#one-two names no heading'],
  ['[b](#here)', 'docs/a.md:1: #here names no heading'],
])('%s is found', (text, problem) => {
  expect(check(text)).toEqual([problem])
})

test.each([
  '[b](guide/b.md)',
  '[b](./guide/)',
  '[b](guide/b.md#one-two-three)',
  '[b](guide/b.md#twice-1)',
  '# Here\n[b](#here)',
  '[b](https://example.com/c.md)',
  '```md\n[b](nowhere.md)\n```',
  '`[b](nowhere.md)`',
])('%s is fine', (text) => {
  expect(check(text)).toEqual([])
})
