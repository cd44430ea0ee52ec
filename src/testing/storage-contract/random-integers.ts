/** Answers an integer from 0 up to, but not, `below`. */
export type Random = (below: number) => number

/** Mulberry32: the same integers for the same seed. */
export function randomIntegers(seed: number): Random {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
