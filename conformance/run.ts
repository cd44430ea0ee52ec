import { parseArgs } from 'node:util'
import { ADAPTERS } from './adapters.ts'
import { readCorpus } from './corpus.ts'
import { type CaseResult, hasPassed } from './outcome.ts'
import { playKeys } from './play-keys.ts'
import { playParseCase } from './play-parse.ts'
import { playScenario } from './play-scenario.ts'
import { playSequence } from './play-sequence.ts'
import { reportOf } from './report.ts'
import { caseStorages } from './case-storages.ts'

const USAGE = `npm run conformance -- [DIR] [--storage URI [--client NAME] [--scattered]] [--adapter NAME] [--filter ID]

Replays every case below DIR (by default conformance/corpus), in process memory or on a storage: through a client library, and
with --scattered in a cluster with every limit in a slot of its own. NAME of an adapter and ID pick what contains them; with an
adapter only what needs it, or the storage, is played.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    storage: { type: 'string' },
    client: { type: 'string' },
    scattered: { type: 'boolean' },
    adapter: { type: 'string' },
    filter: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})

if (values.help) console.log(USAGE)
else process.exitCode = await run(positionals[0] ?? 'conformance/corpus')

/** Plays everything, prints the report, and answers the exit code. */
async function run(folder: string): Promise<number> {
  const corpus = await readCorpus(folder)
  const adapters = ADAPTERS.filter(({ name }) => name.includes(values.adapter ?? ''))
  if (adapters.length === 0)
    throw new Error(`there is no adapter ${values.adapter}; there are ${ADAPTERS.map(({ name }) => name).join(', ')}`)
  const isPicked = ({ id }: { readonly id: string }): boolean => id.includes(values.filter ?? '')
  const { storage: uri, client, scattered: isScattered } = values
  const storages = caseStorages(uri, { client, isScattered })
  const results: CaseResult[] = []
  for (const adapter of adapters) {
    for (const scenario of corpus.scenarios.filter(isPicked))
      results.push(await playScenario(scenario, adapter, storages))
  }
  if (values.adapter === undefined || uri !== undefined) {
    for (const sequence of corpus.sequences.filter(isPicked)) results.push(await playSequence(sequence, storages))
  }
  if (values.adapter === undefined) {
    results.push(
      ...corpus.parseCases.map(playParseCase).filter(isPicked),
      ...playKeys(corpus.keyCases).filter(isPicked),
    )
  }
  await storages.close()
  if (results.length === 0)
    throw new Error(`nothing to play: no case below ${folder} has ${values.filter ?? ''} in its id`)
  const skipped = values.filter === undefined && values.adapter === undefined ? corpus.derivedKeys : 0
  const reason = "keys of the recorded program's storages, which are an inner matter of ours"
  console.log(reportOf(results, [{ reason, count: skipped }]).join('\n'))
  return results.every(hasPassed) ? 0 : 1
}
