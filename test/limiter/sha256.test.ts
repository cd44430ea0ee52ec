import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sha256 } from '../../src/limiter/sha256.ts'

const expected = (text: string): string =>
  createHash('sha256').update(Buffer.from(text, 'utf16le').swap16()).digest('hex')

test('every length up to four blocks is hashed as Node hashes it', () => {
  for (let length = 0; length <= 128; length++)
    expect(sha256('ab\uffff'.repeat(50).slice(0, length))).toBe(expected('ab\uffff'.repeat(50).slice(0, length)))
})

test('so are halves of pairs, NUL and megabytes', () => {
  for (const text of ['\ud800', '\udc00\ud800', '\0', 'é'.repeat(1_000_003)]) expect(sha256(text)).toBe(expected(text))
})
