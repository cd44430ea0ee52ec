import { expect, test } from 'vitest'
import { scan } from './scan.ts'

const imports = (text: string): string[] =>
  scan('example.ts', text).imports.map(({ specifier, kind, line }) => `${line} ${kind} ${specifier}`)

test.each([
  ['a value import', `import { a } from './a.ts'`, ['1 static ./a.ts']],
  ['an import for its effect', `import './a.ts'`, ['1 static ./a.ts']],
  ['an import over several lines', `\nimport {\n  a,\n  b,\n} from './a.ts'`, ['2 static ./a.ts']],
  ['a type import', `import type { A } from './a.ts'`, ['1 type ./a.ts']],
  ['an import of types by name, which still loads the module', `import { type A } from './a.ts'`, ['1 static ./a.ts']],
  ['a re-export', `export { a } from './a.ts'`, ['1 static ./a.ts']],
  ['a re-export of everything', `export * from './a.ts'`, ['1 static ./a.ts']],
  ['a re-export of types', `export type { A } from './a.ts'`, ['1 type ./a.ts']],
  ['a lazy import', `const a = async () => (await import('./a.ts')).a`, ['1 lazy ./a.ts']],
  ['a lazy import of a computed name', `void import(name)`, ['1 lazy undefined']],
  [
    'an import inside a type',
    `let a: import('./a.ts').A\nlet b: typeof import('./b.ts')`,
    ['1 type ./a.ts', '2 type ./b.ts'],
  ],
])('%s is seen', (_, text, expected) => {
  expect(imports(text)).toEqual(expected)
})

test.each([
  ['a comment', `// import './a.ts'\n/* import './b.ts' */`],
  ['a string', `const text = "import './a.ts'"`],
  ['a template', "const text = `import './a.ts'`"],
  ['a regular expression', `const quote = /['"\`]/, text = "import './a.ts'"`],
  ['an export of its own', `export const a = 1\nexport { a as b }`],
])('%s is no import', (_, text) => {
  expect(imports(text)).toEqual([])
})

test.each(['Date.now()', 'new Date()', 'Date()', 'performance.now()', 'process.hrtime.bigint()', '[0].map(Date.now)'])(
  '%s reads the time',
  (expression) => {
    expect(scan('example.ts', `const time = ${expression}`).timeReads).toHaveLength(1)
  },
)

test.each(['new Date(0)', 'clock.now()', '"Date.now()"', 'Date.UTC(2026, 0)'])(
  '%s does not read the time',
  (expression) => {
    expect(scan('example.ts', `const time = ${expression}`).timeReads).toEqual([])
  },
)

test('text that does not parse is an error, not a file without imports', () => {
  expect(() => scan('example.ts', 'import {')).toThrow('example.ts')
})
