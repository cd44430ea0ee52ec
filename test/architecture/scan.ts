import { parseSync } from 'vite'

/** One place where a module names another. */
export interface Import {
  /** Undefined for an `import()` whose argument is computed. */
  readonly specifier: string | undefined
  /** `type` leaves nothing in the emitted code; `static` is loaded with the module, `lazy` when the code gets there. */
  readonly kind: 'type' | 'static' | 'lazy'
  readonly line: number
}

/** What the rules need to know of one source file. */
export interface SourceFacts {
  readonly imports: readonly Import[]
  /** Where the code asks for the present time, and how. */
  readonly timeReads: readonly { readonly text: string; readonly line: number }[]
  readonly lines: number
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [property: string]: unknown
}

/** Reads the facts off the syntax tree, so that comments, strings and line breaks cannot mislead. */
export function scan(path: string, text: string): SourceFacts {
  const { program, errors } = parseSync(path, text)
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`)
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length
  const imports: Import[] = []
  const timeReads: { text: string; line: number }[] = []
  for (const node of nodesBelow(program)) {
    const line = lineOf(node.start)
    const kind = importKind(node)
    if (kind !== undefined) imports.push({ specifier: specifierOf(node), kind, line })
    if (readsTime(node)) timeReads.push({ text: text.slice(node.start, node.end), line })
  }
  return { imports, timeReads, lines: text.trimEnd().split('\n').length }
}

function* nodesBelow(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesBelow(item)
  } else if (isNode(value)) {
    yield value
    for (const child of Object.values(value)) yield* nodesBelow(child)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

function importKind(node: Node): Import['kind'] | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return node['importKind'] === 'type' ? 'type' : 'static'
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      if (!isNode(node['source'])) return undefined
      return node['exportKind'] === 'type' ? 'type' : 'static'
    case 'ImportExpression':
      return 'lazy'
    case 'TSImportType':
      return 'type'
    default:
      return undefined
  }
}

function specifierOf(node: Node): string | undefined {
  const source = node['source']
  return isNode(source) && typeof source['value'] === 'string' ? source['value'] : undefined
}

const TIME_READS = new Set(['Date.now', 'performance.now', 'performance.timeOrigin', 'process.hrtime'])

function readsTime(node: Node): boolean {
  if (node.type === 'MemberExpression') return TIME_READS.has(`${nameOf(node['object'])}.${nameOf(node['property'])}`)
  if (node.type === 'CallExpression') return nameOf(node['callee']) === 'Date'
  if (node.type !== 'NewExpression' || nameOf(node['callee']) !== 'Date') return false
  return Array.isArray(node['arguments']) && node['arguments'].length === 0
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && typeof node['name'] === 'string' ? node['name'] : undefined
}
