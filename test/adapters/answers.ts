import { describe, expect, test } from 'vitest'
import { headerOf, type TestApp } from '../../src/testing/adapter-contract/stage.ts'
import { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'

/** A way in which a handler can answer: what comes of it, with the status where that is not 200. */
export type Answer<Handler> = readonly [name: string, body: string, handler: Handler, status?: number]

/** Serves an app with a handler at `/a`, five requests a minute and legacy headers. */
export type Open<Handler, Res> = (
  handler: Handler,
  options?: { defaultLimitsDeductWhen: (response: Res) => boolean; storage: MoodyStorage },
) => Promise<TestApp>

const LEFT = 'X-RateLimit-Remaining'

/** What is true of answers, however they are made. */
export function testAnswers<Handler, Res>(
  answers: readonly Answer<Handler>[],
  open: Open<Handler, Res>,
  statusOf: (response: Res) => number,
): void {
  for (const [name, body, handler, status = 200] of answers) {
    describe(`by ${name}`, () => {
      test('have the headers, and arrive whole', async () => {
        const reply = await (await open(handler)).send('/a')
        expect([reply.status, headerOf(reply, LEFT), reply.body]).toEqual([status, '4', body])
      })

      test.each(['now', 'later'] as const)('are charged by deductWhen, by a storage that answers %s', async (mood) => {
        const play = await open(handler, {
          defaultLimitsDeductWhen: (response) => statusOf(response) === status,
          storage: new MoodyStorage(mood),
        })
        const reply = await play.send('/a')
        expect([reply.status, headerOf(reply, LEFT), reply.body]).toEqual([status, '4', body])
        expect(await play.header('/a', LEFT)).toBe('3')
      })
    })
  }
}

/** Expects the headers on answers by these statuses, also where they wait for a late charge. */
export async function expectHeadersOn<Handler, Res>(
  answers: readonly (readonly [status: number, handler: Handler])[],
  open: Open<Handler, Res>,
): Promise<void> {
  for (const [status, handler] of answers) {
    const play = await open(handler, { defaultLimitsDeductWhen: () => true, storage: new MoodyStorage('later') })
    const reply = await play.send('/a')
    expect([reply.status, headerOf(reply, LEFT)]).toEqual([status, '4'])
  }
}
