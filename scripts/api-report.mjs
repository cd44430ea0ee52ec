/**
 * Compares the public surface of each subpath in `exports` with its report in `api/`, and fails where they differ.
 * With `--update`, writes the reports instead. Works in the current folder, on what is built.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'

const update = process.argv.includes('--update')
const root = process.cwd()
const folder = join(root, 'api')
mkdirSync(folder, { recursive: true })

/** @type {{ exports: Record<string, { types?: string }> }} */
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const doors = Object.entries(manifest.exports).flatMap(([subpath, { types }]) =>
  types === undefined ? [] : [{ report: subpath === '.' ? 'sluice' : subpath.slice(2).replaceAll('/', '-'), types }],
)
const expected = doors.map(({ report }) => `${report}.api.md`)
const problems = doors.flatMap(({ report, types }) => compare(report, resolve(root, types)))
for (const name of readdirSync(folder)) {
  if (expected.includes(name)) continue
  if (update) rmSync(join(folder, name))
  else problems.push(`api/${name}: a report of nothing that is exported`)
}
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`${update ? 'wrote' : 'compared'} ${expected.join(', ')}`)

/**
 * @param {string} report
 * @param {string} entry
 * @returns {string[]}
 */
function compare(report, entry) {
  if (!existsSync(entry)) return [`${entry} is missing: run npm run build`]
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(root, 'api-extractor.json'),
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: entry,
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(root, 'tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFileName: `${report}.api.md`,
        reportFolder: folder,
        reportTempFolder: join(root, 'node_modules/.cache/api'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: {
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  })
  let text = ''
  const result = Extractor.invoke(config, {
    localBuild: update,
    messageCallback: (message) => {
      message.handled = true
      if (message.logLevel === ExtractorLogLevel.Error) text += message.text
    },
  })
  if (text !== '') return [`${report}: ${text}`]
  if (update || !result.apiReportChanged) return []
  return [`api/${basename(config.reportFilePath)}: the public surface has changed; npm run api:update writes it down`]
}
