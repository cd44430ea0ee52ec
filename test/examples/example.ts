import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { ROOT } from '../repository.ts'

/** Starts an example on any free port until the test is over; it imports the built package. Answers the addresses that it says to try, by path. */
export async function startExample(file: string): Promise<Record<string, string>> {
  const child: ChildProcessByStdio<null, Readable, null> = spawn(process.execPath, [join(ROOT, 'examples', file)], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill())
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += String(chunk)
    if (printed.includes('Ctrl-C')) break
  }
  const urls = [...printed.matchAll(/curl -i (http:\S+)/g)].map(([, url = '']) => url)
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
