import { describe, expect, test } from 'vitest'
import { slotOfKey, SLOTS, taggedKey, taggedPattern } from '../../../src/storage/redis/cluster-keys.ts'

const of = (client: string, limit = '5/1/minute'): string => `sluice||endpoint|GET /t/{id}|||${limit}|${client}`

describe('keys of a cluster', () => {
  test('carry a tag before them, the same for every limit of a client', () => {
    // The checksum of CRC16/XMODEM for these nine digits is 0x31c3.
    expect(taggedKey(of('123456789'))).toBe(`{31c3}${of('123456789')}`)
    expect(taggedKey(of('123456789', '1/1/day'))).toMatch(/^\{31c3\}/)
    expect(taggedKey(of('ü'))).toMatch(/^\{[0-9a-f]{4}\}sluice/)
  })

  test('of another spelling than the limiter’s share a tag', () => {
    expect(taggedKey('a')).toBe('{0000}a')
    expect(slotOfKey('b')).toBe(slotOfKey('a'))
  })

  test('spread evenly over the nodes of a cluster', () => {
    const nodes = Array.from({ length: 10 }, () => 0)
    for (let i = 0; i < 50_000; i++) {
      const slot = slotOfKey(of(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`))
      nodes[Math.floor((slot / SLOTS) * 10)]! += 1
    }
    expect(Math.min(...nodes)).toBeGreaterThan(4500)
    expect(Math.max(...nodes)).toBeLessThan(5500)
  })

  test('are found by a pattern that skips the tag and takes no character for a wildcard', () => {
    expect(taggedPattern('sluice|p*[?]\\|')).toBe('{????}sluice|p\\*\\[\\?\\]\\\\|*')
  })
})
