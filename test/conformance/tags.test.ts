import { describe, expect, it } from 'vitest'
import { readCorpus } from '../../conformance/corpus.ts'
import { isExcusing, ownTags, RULINGS, tagsOfParts } from '../../conformance/tags.ts'

describe('the tags of a part', () => {
  it('are its own and those of the whole that are on no part', () => {
    const whole = { quirk: 'on-a-part', quirks: ['on-a-part', 'on-none'] }
    const parts = [{ quirks: ['on-a-part'] }, {}]
    expect(tagsOfParts(whole, parts)).toEqual([['on-a-part', 'on-none'], ['on-none']])
  })

  it('hold `aligned` where the whole is aligned', () => {
    expect(tagsOfParts({ aligned: true }, [{}, {}])).toEqual([['aligned'], ['aligned']])
    expect(tagsOfParts({ aligned: false }, [{}])).toEqual([[]])
  })
})

describe('a tag', () => {
  it('excuses if it is ruled better', () => {
    expect(isExcusing('cost-zero')).toBe(true)
  })

  it('does not excuse if it is ruled the same, or unknown', () => {
    expect(isExcusing('exempt-limit-still-overrides')).toBe(false)
    expect(isExcusing('empty-key-fails-open')).toBe(false)
    expect(isExcusing('no-such-tag')).toBe(false)
    expect(isExcusing('constructor')).toBe(false)
  })

  it('has a ruling if the corpus uses it', async () => {
    const { scenarios, sequences, parseCases, keyCases } = await readCorpus('conformance/corpus')
    const tagged = [
      ...scenarios,
      ...parseCases,
      ...keyCases,
      ...scenarios.flatMap(({ steps }) => steps),
      ...sequences.flatMap((sequence) => [sequence, ...sequence.ops]),
    ]
    const tags = new Set(tagged.flatMap(ownTags))
    expect(tags.size).toBeGreaterThan(40)
    expect([...tags].filter((tag) => !(tag in RULINGS))).toEqual([])
  })
})
