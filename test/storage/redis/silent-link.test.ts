import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Connection } from '../../../src/storage/redis/connection.ts'
import { fakeConnection, linkTo, turn } from './fake-connection.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

describe('a link that was silent for more than ten seconds', () => {
  /** A link that has been used, and what comes of a command that is sent when the silence is over. */
  async function afterSilence(ms: number, ...others: Connection[]) {
    const first = fakeConnection()
    const { link, opened } = linkTo(first, ...others)
    const [answer] = link.send([['FIRST']])
    await turn()
    first.answer('ok')
    await answer
    vi.setSystemTime(Date.now() + ms)
    const answers = [...link.send([['A']]), ...link.send([['B']])]
    for (const each of answers) each.catch(() => {})
    await turn()
    return { first, link, opened, answers }
  }

  test.each([10_001, -10_001])(
    'asks first whether the connection is there, once (the clock went on by %i ms)',
    async (ms) => {
      const { first, link, opened, answers } = await afterSilence(ms)
      expect(first.sent).toEqual([['FIRST'], ['PING']])
      first.answer('PONG')
      await turn()
      expect(first.sent.slice(2)).toEqual([['A'], ['B']])
      first.answer('ok')
      expect(await Promise.all(answers)).toEqual(['ok', 'ok'])
      void link.send([['C']])
      expect(first.sent.at(-1)).toEqual(['C'])
      expect([opened(), link.opened]).toEqual([1, 1])
    },
  )

  test('takes an error for an answer', async () => {
    const { first } = await afterSilence(10_001)
    first.answer(new Error('NOPERM'))
    await turn()
    expect(first.sent.slice(2)).toEqual([['A'], ['B']])
  })

  test('opens another one where the connection is lost, and sends nothing twice', async () => {
    const second = fakeConnection()
    const { first, link, answers } = await afterSilence(10_001, second)
    first.close()
    await turn()
    expect([first.sent, second.sent]).toEqual([
      [['FIRST'], ['PING']],
      [['A'], ['B']],
    ])
    second.answer('ok')
    expect(await Promise.all(answers)).toEqual(['ok', 'ok'])
    expect(link.opened).toBe(2)
  })

  test('opens another one where nothing comes back for 100 ms', async () => {
    const second = fakeConnection()
    const { first, opened } = await afterSilence(10_001, second)
    vi.advanceTimersByTime(99)
    await turn()
    expect(opened()).toBe(1)
    vi.advanceTimersByTime(1)
    await turn()
    expect([first.isOpen, second.sent]).toEqual([false, [['A'], ['B']]])
  })

  test('keeps the connection where the process was too busy to read the answer', async () => {
    const { first, opened } = await afterSilence(10_001)
    vi.advanceTimersByTime(100)
    first.answer('PONG')
    await turn()
    expect([opened(), first.sent.slice(2)]).toEqual([1, [['A'], ['B']]])
  })

  test.each(['PONG', undefined])('opens none when it is closed meanwhile (%s)', async (answer) => {
    const { first, link, opened, answers } = await afterSilence(10_001, fakeConnection())
    link.close()
    expect(first.isOpen).toBe(false)
    if (answer !== undefined) first.answer(answer)
    vi.advanceTimersByTime(100)
    await turn()
    await expect(answers[0]).rejects.toThrow('given up')
    expect(opened()).toBe(1)
  })

  test('asks, too, where something had no answer before', async () => {
    const { first, link } = await afterSilence(0)
    vi.setSystemTime(Date.now() + 60_000)
    const [late] = link.send([['C']])
    expect(first.sent).toEqual([['FIRST'], ['A'], ['B'], ['PING']])
    first.answer('ok')
    await turn()
    expect(first.sent.at(-1)).toEqual(['C'])
    expect(link.isIdle).toBe(false)
    first.answer('ok')
    expect(await late).toBe('ok')
    await turn()
    expect(link.isIdle).toBe(true)
  })

  test('asks nothing after a shorter silence', async () => {
    const { first } = await afterSilence(10_000)
    expect(first.sent).toEqual([['FIRST'], ['A'], ['B']])
  })

  test('asks nothing where an answer takes so long that one more would be too much', async () => {
    const first = fakeConnection()
    const { link } = linkTo(first)
    void link.send([['FIRST']])
    await turn()
    vi.advanceTimersByTime(40)
    first.answer('ok')
    await turn()
    vi.setSystemTime(Date.now() + 60_000)
    void link.send([['A']])
    expect(first.sent).toEqual([['FIRST'], ['A']])
  })
})
