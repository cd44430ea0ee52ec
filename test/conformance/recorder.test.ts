import { describe, expect, it } from 'vitest'
import type { RequestView } from '../../conformance/forms.ts'
import { Recorder } from '../../conformance/recorder.ts'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import type { CurrentLimit } from '../../src/limiter/decision.ts'

const request = { path: '/a' } as RequestView

const limit: CurrentLimit = {
  limit: parseLimit('2/minute'),
  name: 'a',
  strategy: 'fixed-window',
  source: 'route',
  key: 'k(1)',
  shared: false,
  breached: true,
  cost: 1,
  remaining: 0,
  resetAt: 60_250,
  retryAt: undefined,
}

describe('a breach form', () => {
  it('is recorded and answers nothing', () => {
    const recorder = new Recorder()
    expect(recorder.breach({ label: 'x' }, limit, request, 250)).toBeUndefined()
    expect(recorder.callbacks).toEqual([{ callback: 'x', limit: '2 per 1 minute', key: 'k(1)' }])
  })

  it('is recorded before it throws', () => {
    const recorder = new Recorder()
    expect(() => recorder.breach({ label: 'x', raise: 'broke' }, limit, request, 250)).toThrow('broke')
    expect(recorder.callbacks).toHaveLength(1)
  })

  it('fills in what its body asks for', () => {
    const body = '{limit}; {remaining} left, {resetIn}s at {path}, {other}'
    const answer = new Recorder().breach({ label: 'x', respond: { body, headers: {} } }, limit, request, 250)
    expect(answer).toEqual({ body: '2 per 1 minute; 0 left, 61s at /a, {other}', headers: {} })
  })

  it('remembers how to read a key out of its body', () => {
    const recorder = new Recorder()
    const answer = recorder.breach(
      { label: 'x', respond: { body: '({key}) {path}', headers: {} } },
      limit,
      request,
      250,
    )
    expect(answer?.body).toBe('(k(1)) /a')
    expect(recorder.bodyWithKey?.pattern.exec('(LIMITER/x) /a')?.[1]).toBe('LIMITER/x')
    recorder.clear()
    expect(recorder.bodyWithKey).toBeUndefined()
  })
})

describe('the logger', () => {
  it('notes the kind of each record that has one', () => {
    const recorder = new Recorder()
    recorder.logger.info?.('a', { kind: 'exceeded' })
    recorder.logger.error?.('b', { kind: 'empty-key' })
    recorder.logger.warn?.('c')
    expect(recorder.log).toEqual(['exceeded', 'empty-key'])
  })
})
