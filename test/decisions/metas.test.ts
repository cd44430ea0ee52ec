import { expect } from 'vitest'
import { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'
import { bench, calls } from '../limiter/plain.ts'
import { better } from './better.ts'

const once = '1 per 1 minute'
const banned = '2 per 1 day'

better('meta-same-bucket-counted-twice', 'equal meta limits count a refusal once', async () => {
  const it = bench({ defaultLimits: [once], metaLimits: ['2/day', '2/day'] })
  expect(await calls(it, 4)).toEqual(['ok', once, once, banned])
})

better('meta-cost-tested-not-charged', 'a meta limit is charged at its cost', async () => {
  const it = bench({ defaultLimits: [once], metaLimits: [{ limit: '4/day', cost: 2 }] })
  expect(await calls(it, 4)).toEqual(['ok', once, once, '4 per 1 day'])
})

better('meta-per-method-fails', 'a meta limit can count every method by itself', async () => {
  const it = bench({ defaultLimits: [once], metaLimits: [{ limit: '1/day', perMethod: true }] })
  const each = async (method: string) => it.call('ann', [], method)
  expect([await each('GET'), await each('GET'), await each('GET'), await each('POST'), await each('POST')]).toEqual([
    'ok',
    once,
    '1 per 1 day',
    once,
    '1 per 1 day',
  ])
})

better('meta-methods-ignored', 'a meta limit can be for some methods only', async () => {
  const it = bench({ defaultLimits: [once], metaLimits: [{ limit: '1/day', methods: ['POST'] }] })
  const each = async (method: string) => it.call('ann', [], method)
  expect([await each('GET'), await each('GET'), await each('GET'), await each('POST'), await each('POST')]).toEqual([
    'ok',
    once,
    once,
    once,
    '1 per 1 day',
  ])
})

better('meta-key-ignores-prefix', 'meta limits of limiters with different prefixes are counted apart', async () => {
  const options = { storage: new MoodyStorage(), defaultLimits: [once], metaLimits: ['1/day'] }
  const [one, other] = [bench({ ...options, keyPrefix: 'one' }), bench({ ...options, keyPrefix: 'other' })]
  expect(await calls(one, 3)).toEqual(['ok', once, '1 per 1 day'])
  expect(await calls(other, 2)).toEqual(['ok', once])
})

better('meta-empty-key-not-skipped', 'a meta limit with an empty key is skipped', async () => {
  const it = bench({ defaultLimits: [once], metaLimits: [{ limit: '1/day', key: () => '' }] })
  expect(await calls(it, 4)).toEqual(['ok', once, once, once])
})

better(
  'meta-object-does-not-inherit-key',
  'a meta limit counts whom its limit counts, however it is written',
  async () => {
    for (const meta of ['1/day', { limit: '1/day' }]) {
      const it = bench({
        key: () => 'everybody',
        defaultLimits: [{ limit: once, key: ({ client }) => client, metaLimits: [meta] }],
      })
      expect(await calls(it, 3, 'ann')).toEqual(['ok', once, '1 per 1 day'])
      expect(await calls(it, 2, 'bob')).toEqual(['ok', once])
    }
  },
)

better('plain-meta-on-limit-object-fails', 'a limit object without a key can have a plain meta limit', async () => {
  const it = bench({ defaultLimits: [{ limit: once, metaLimits: ['1/day'] }] })
  expect(await calls(it, 3)).toEqual(['ok', once, '1 per 1 day'])
})
