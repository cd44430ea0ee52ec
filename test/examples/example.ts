import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { expect, onTestFinished } from 'vitest'
import { printed } from '../../scripts/printed.mjs'
import { ROOT } from '../repository.ts'

/** An example that runs. */
export type Example = ChildProcessByStdio<null, Readable, Readable>

/** Runs an example on a port until the test is over; 0: any that is free. It imports the built package. */
export function runExample(file: string, port = 0): Example {
  const child = spawn(process.execPath, [join(ROOT, 'examples', file)], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill())
  return child
}

/** Runs an example on any free port until the test is over. Answers the addresses that it says to try, by path. */
export async function startExample(file: string): Promise<Record<string, string>> {
  const { stdout, stderr } = runExample(file)
  stderr.pipe(process.stderr)
  const [text] = await printed(stdout, /^[^]*Ctrl-C/)
  const urls = [...text.matchAll(/curl -i (http:\S+)/g)].map(([, url = '']) => url)
  return Object.fromEntries(urls.map((url) => [new URL(url).pathname, url]))
}

/** What an address answers. */
export async function get(url = ''): Promise<{ status: number; body: string; retryAfter: number }> {
  const response = await fetch(url)
  return {
    status: response.status,
    body: await response.text(),
    retryAfter: Number(response.headers.get('Retry-After')),
  }
}

/** Starts an example, and holds it to what all of them say: one `/slow` a day, two `/fast` a minute, and any number of `/ping`. */
export async function expectAnswersAsSaid(file: string): Promise<void> {
  const urls = await startExample(file)
  expect(Object.keys(urls)).toEqual(['/slow', '/fast', '/ping'])

  expect(await get(urls['/slow'])).toEqual({ status: 200, body: '24', retryAfter: 0 })
  const refused = await get(urls['/slow'])
  expect(refused).toMatchObject({ status: 429, body: '1 per 1 day' })
  expect(refused.retryAfter).toBeGreaterThan(86_000)

  expect(await get(urls['/fast'])).toMatchObject({ status: 200, body: '42' })
  await get(urls['/fast'])
  expect(await get(urls['/fast'])).toMatchObject({ status: 429 })

  for (let i = 0; i < 5; i += 1) expect(await get(urls['/ping'])).toMatchObject({ status: 200, body: 'PONG' })
}
