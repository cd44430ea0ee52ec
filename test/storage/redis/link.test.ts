import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Connection } from '../../../src/storage/redis/connection.ts'
import { Link } from '../../../src/storage/redis/link.ts'
import { fakeConnection, linkTo, PING, turn } from './fake-connection.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

describe('a link', () => {
  test('opens its connection when it is first needed, once for all who ask meanwhile', async () => {
    const connection = fakeConnection()
    const { link, opened } = linkTo(connection)
    expect(opened()).toBe(0)
    const answers = [...link.send(PING), ...link.send([['A'], ['B']])]
    await turn()
    connection.answer('ok')
    expect(await Promise.all(answers)).toEqual(['ok', 'ok', 'ok'])
    expect(opened()).toBe(1)
    expect(connection.sent).toEqual([['PING'], ['A'], ['B']])
  })

  test('opens another one when it was lost, and sends nothing of the old one there', async () => {
    const [first, second] = [fakeConnection(), fakeConnection()]
    const { link } = linkTo(first, second)
    const [lost] = link.send(PING)
    await turn()
    first.close()
    await expect(lost).rejects.toThrow('Connection is closed.')
    expect(link.isOpen).toBe(false)
    const [answer] = link.send([['ECHO']])
    await turn()
    second.answer('ok')
    expect(await answer).toBe('ok')
    expect(second.sent).toEqual([['ECHO']])
    expect(link.opened).toBe(2)
  })

  test('tells everybody why there is none, and tries again for the next who asks', async () => {
    const connection = fakeConnection()
    const { link } = linkTo(new Error('ECONNREFUSED'), connection)
    const answers = await Promise.allSettled([...link.send(PING), ...link.send(PING)])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const [answer] = link.send(PING)
    await turn()
    connection.answer('PONG')
    expect(await answer).toBe('PONG')
  })

  test('opens none to send nothing', () => {
    const { link, opened } = linkTo()
    expect(link.send([])).toEqual([])
    expect(opened()).toBe(0)
  })

  test('is renewed where an answer has been due for more than a second', async () => {
    const [first, second] = [fakeConnection(), fakeConnection()]
    const { link } = linkTo(first, second)
    const [lost] = link.send(PING)
    await turn()
    vi.advanceTimersByTime(1000)
    link.renew()
    expect(link.isOpen).toBe(true)
    vi.advanceTimersByTime(1)
    link.renew()
    await expect(lost).rejects.toThrow('Connection is closed.')
    const [answer] = link.send(PING)
    await turn()
    second.answer('PONG')
    expect(await answer).toBe('PONG')
  })

  test('is not renewed where answers keep coming, however many are due', async () => {
    const connection = fakeConnection()
    const { link, opened } = linkTo(connection)
    void link.send(PING)
    await turn()
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(900)
      connection.answer('PONG')
      void link.send(PING)
      await turn()
      link.renew()
    }
    expect(opened()).toBe(1)
    expect(link.isIdle).toBe(false)
    connection.answer('PONG')
    await turn()
    vi.advanceTimersByTime(60_000)
    link.renew()
    expect(opened()).toBe(1)
    expect(link.isIdle).toBe(true)
  })

  test('gives up an attempt to connect that takes too long, and closes what comes of it', async () => {
    const [late, second] = [fakeConnection(), fakeConnection()]
    let arrive = (_: Connection): void => {}
    const attempts: Promise<Connection>[] = [new Promise((resolve) => (arrive = resolve)), Promise.resolve(second)]
    const signals: AbortSignal[] = []
    const link = new Link((signal) => {
      signals.push(signal)
      return attempts.shift()!
    }, 2000)
    const [waiting] = link.send(PING)
    vi.advanceTimersByTime(2000)
    link.renew()
    expect(signals[0]!.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    link.renew()
    expect(signals[0]!.aborted).toBe(true)
    const [answer] = link.send(PING)
    await turn()
    second.answer('PONG')
    expect(await answer).toBe('PONG')
    arrive(late)
    await expect(waiting).rejects.toThrow('took too long')
    expect(late.isOpen).toBe(false)
    expect(link.isOpen).toBe(true)
  })

  test('looks for another connection where the server has become a replica', async () => {
    const [first, second] = [fakeConnection(), fakeConnection()]
    const { link } = linkTo(first, second)
    const [refused] = link.send(PING)
    await turn()
    first.answer(new Error("READONLY You can't write against a read only replica."))
    await expect(refused).rejects.toThrow('READONLY')
    await turn()
    expect(first.isOpen).toBe(false)
    const [answer] = link.send(PING)
    await turn()
    second.answer('PONG')
    expect(await answer).toBe('PONG')
  })

  test('that is closed gives up what it has and what it was about to have', async () => {
    const connection = fakeConnection()
    const { link } = linkTo(connection)
    void link.send(PING)[0]!.catch(() => {})
    await turn()
    link.close()
    expect(connection.isOpen).toBe(false)
    const waiting = linkTo(fakeConnection())
    const [never] = waiting.link.send(PING)
    waiting.link.close()
    expect(waiting.signals[0]!.aborted).toBe(true)
    await expect(never).rejects.toThrow('given up')
  })
})
