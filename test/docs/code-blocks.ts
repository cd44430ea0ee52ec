/** An example in a page. */
export interface CodeBlock {
  readonly page: string
  /** Line of the page on which the code begins, counted from 1. */
  readonly line: number
  readonly language: Language
  readonly code: string
  /** False: only its types are checked. */
  readonly run: boolean
  /** The file of `test/docs/preludes/` whose exports it may use without importing them. */
  readonly prelude: string | undefined
}

type Language = 'ts' | 'js' | 'cjs'

const LANGUAGES: Readonly<Record<string, Language>> = {
  ts: 'ts',
  typescript: 'ts',
  js: 'js',
  javascript: 'js',
  cjs: 'cjs',
}

/** A prelude's comment, or a block between fences. */
const PIECE =
  /^ *<!-- prelude: (?<prelude>[\w-]+) -->$|^(?<indent> *)(?<fence>`{3,})(?<language>\w*) *(?<word>.*)\n(?<code>(?:.*\n)*?) *\k<fence> *$/gm

/**
 * The examples in TypeScript and JavaScript of a page in Markdown, or in the doc comments of a source file. `preludes` are the
 * names there are; doc comments have that of the innermost folder with such a name.
 */
export function codeBlocks(page: string, content: string, preludes: readonly string[]): CodeBlock[] {
  const isSource = page.endsWith('.ts')
  const text = isSource ? commentLines(content) : content
  if (/^ *`{3}/m.test(text.replace(PIECE, ''))) throw new Error(`${page}: a code block without an end`)
  const blocks: CodeBlock[] = []
  let prelude = isSource ? page.split('/').findLast((folder) => preludes.includes(folder)) : undefined
  for (const { index, groups = {} } of text.matchAll(PIECE)) {
    const line = text.slice(0, index).split('\n').length
    if (groups['prelude'] !== undefined) prelude = groups['prelude'] === 'none' ? undefined : groups['prelude']
    if (prelude !== undefined && !preludes.includes(prelude)) {
      throw new Error(`${page}:${line}: expected one of the preludes ${preludes.join(', ')}, got ${prelude}`)
    }
    const language = LANGUAGES[groups['language'] ?? '']
    if (language === undefined) continue
    const { indent = '', word = '', code = '' } = groups
    if (!['', 'no-run'].includes(word)) {
      throw new Error(`${page}:${line}: expected no-run or nothing after the language, got ${word}`)
    }
    const outdented = code.replace(new RegExp(`^ {0,${indent.length}}`, 'gm'), '')
    blocks.push({ page, line: line + 1, language, code: outdented, run: word === '', prelude })
  }
  return blocks
}

/** What the doc comments say, each line on its line. */
function commentLines(source: string): string {
  return source
    .split('\n')
    .map((line) => /^ *\* ?(?<said>(?!\/).*)$/.exec(line)?.groups?.['said'] ?? '')
    .join('\n')
}
