import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ROOT } from '../repository.ts'
import type { CodeBlock } from './code-blocks.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const LONGEST_MS = 60_000

/** Blocks written out as files and compiled, in a folder inside the package, from where `sluice/x` is the built package. */
export interface Workshop {
  /** What the compiler says against a block, with the lines of its page. */
  typeProblems(block: CodeBlock): string[]
  /** Runs a block in a process of its own; resolves to what it wrote on standard error if it fails, else to ''. */
  run(block: CodeBlock): Promise<string>
}

/** Compiles all blocks at once. `name` names the folder, below `.cache/`. */
export function compile(name: string, blocks: readonly CodeBlock[]): Workshop {
  const folder = join(ROOT, '.cache', name)
  const fileOf = (block: CodeBlock): string => `block-${blocks.indexOf(block)}.${block.language}`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  cpSync(join(HERE, 'preludes'), join(folder, 'preludes'), { recursive: true })
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(COMPILER))
  for (const block of blocks) writeFileSync(join(folder, fileOf(block)), `${preludeLine(block)}\n${block.code}`)

  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  })
  const known = new Set(blocks.map(fileOf))
  const messages = stdout.split(/\n(?! )/).filter((message) => message !== '')
  const stray = messages.filter((message) => !known.has(fileNamed(message)))
  if (stray.length > 0) throw new Error(`outside of the examples:\n${stray.join('\n')}`)

  return {
    typeProblems: (block) =>
      messages
        .filter((message) => fileNamed(message) === fileOf(block))
        .map((message) =>
          message.replace(
            /^.*?\((\d+),(\d+)\)/,
            (_, line, column) => `${block.page}:${block.line + Number(line) - 2}:${column}`,
          ),
        ),
    async run(block) {
      const script = join(folder, 'out', fileOf(block).replace(/\.ts$/, '.js'))
      const sandbox = join(HERE, 'sandbox.mjs')
      try {
        await promisify(execFile)(process.execPath, ['--import', sandbox, script], { timeout: LONGEST_MS })
        return ''
      } catch (error) {
        const { killed, stderr } = error as { killed: boolean; stderr: string }
        return killed ? `still running after ${LONGEST_MS} ms` : stderr
      }
    },
  }
}

const COMPILER = {
  extends: '../../tsconfig.json',
  compilerOptions: {
    outDir: 'out',
    rootDir: '.',
    noEmit: false,
    noEmitOnError: false,
    declaration: false,
    isolatedDeclarations: false,
    erasableSyntaxOnly: false,
    allowJs: true,
    checkJs: true,
    moduleDetection: 'force',
    noUnusedLocals: false,
    noUnusedParameters: false,
    noPropertyAccessFromIndexSignature: false,
  },
  include: ['*.*', 'preludes/*'],
}

const fileNamed = (message: string): string => message.slice(0, message.indexOf('('))

/** The preludes there are. */
export const PRELUDES: readonly string[] = readdirSync(join(HERE, 'preludes')).map((name) => name.replace(/\.ts$/, ''))

/** One line that imports what the block uses of its prelude, without what it declares or imports itself. */
function preludeLine({ code, prelude }: CodeBlock): string {
  if (prelude === undefined) return ''
  const source = readFileSync(join(HERE, 'preludes', `${prelude}.ts`), 'utf8')
  const exported = [...source.matchAll(/^export (?:(?:const|function) (\w+)|\{([^}]*)\})/gm)].flatMap(
    ([, name, names]) => (name ?? names ?? '').split(',').map((each) => each.trim()),
  )
  const own = (code.match(/\bimport\s[^'"]*from|\b(?:const|let|var|function|class)\s+(?:\{[^}]*\}|\w+)/g) ?? []).join(
    '\n',
  )
  const wanted = exported.filter((name) => !new RegExp(`\\b${name}\\b`).test(own))
  return `import { ${wanted.join(', ')} } from './preludes/${prelude}.ts'`
}
