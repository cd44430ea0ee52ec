import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyCase, ParseCase, Scenario, Sequence } from './format.ts'

/** Everything recorded below a folder. */
export interface Corpus {
  readonly scenarios: Scenario[]
  readonly sequences: Sequence[]
  readonly parseCases: ParseCase[]
  readonly keyCases: KeyCase[]
  /** How many keys are there of which only the recorded program's storages know. */
  derivedKeys: number
}

interface RecordedFile {
  readonly scenarios?: readonly Scenario[]
  readonly sequences?: readonly Sequence[]
  readonly cases?: readonly (ParseCase | KeyCase)[]
  readonly derived?: readonly unknown[]
}

/** Reads every JSON file below a folder. What a file holds is told by its content, not by its name. */
export async function readCorpus(folder: string): Promise<Corpus> {
  const corpus: Corpus = { scenarios: [], sequences: [], parseCases: [], keyCases: [], derivedKeys: 0 }
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.json'))
  for (const name of names.toSorted()) {
    const file = JSON.parse(await readFile(join(folder, name), 'utf8')) as RecordedFile
    corpus.scenarios.push(...(file.scenarios ?? []))
    corpus.sequences.push(...(file.sequences ?? []))
    for (const each of file.cases ?? []) {
      if ('input' in each) corpus.parseCases.push(each)
      else corpus.keyCases.push(each)
    }
    corpus.derivedKeys += file.derived?.length ?? 0
  }
  return corpus
}
