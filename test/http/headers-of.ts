import { expect } from 'vitest'
import type { HeaderOptions } from '../../src/http/header-options.ts'
import { createHeaderWriter } from '../../src/http/headers.ts'
import type { Decision } from '../../src/limiter/decision.ts'

/** The headers by name, having seen that none comes twice. */
export function headersOf(
  options: HeaderOptions & { lowerCaseNames?: boolean },
  decision: Decision,
): Record<string, string> {
  const list = createHeaderWriter(options)(decision)
  const headers: Record<string, string> = {}
  for (let i = 0; i < list.length; i += 2) {
    const [name, value] = list.slice(i, i + 2) as [string, string]
    expect(Object.keys(headers).map((known) => known.toLowerCase())).not.toContain(name.toLowerCase())
    headers[name] = value
  }
  return headers
}
