import type { Command, Connection } from '../../../src/storage/redis/connection.ts'
import { Link } from '../../../src/storage/redis/link.ts'

/** A connection that answers when the test says so. */
export interface FakeConnection extends Connection {
  isOpen: boolean
  readonly sent: Command[]
  /** Answers everything that was sent and has no answer. */
  answer(value: unknown): void
}

export function fakeConnection(): FakeConnection {
  const waiting: PromiseWithResolvers<unknown>[] = []
  return {
    isOpen: true,
    sent: [],
    send(commands) {
      this.sent.push(...commands)
      return commands.map(() => {
        const { promise, ...settle } = withResolvers()
        waiting.push({ promise, ...settle })
        return promise
      })
    },
    answer(value) {
      for (const { resolve, reject } of waiting.splice(0)) {
        if (value instanceof Error) reject(value)
        else resolve(value)
      }
    },
    close() {
      this.isOpen = false
      this.answer(new Error('Connection is closed.'))
    },
  }
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

function withResolvers(): PromiseWithResolvers<unknown> {
  let settle: Omit<PromiseWithResolvers<unknown>, 'promise'>
  const promise = new Promise<unknown>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle! }
}

/** A link whose connections open when the test says so. */
export function linkTo(...connections: (Connection | Error)[]): {
  link: Link
  opened: () => number
  signals: AbortSignal[]
} {
  const signals: AbortSignal[] = []
  const link = new Link(async (signal) => {
    const connection = connections[signals.push(signal) - 1]!
    if (connection instanceof Error) throw connection
    return connection
  }, 2000)
  return { link, opened: () => signals.length, signals }
}

/** What is sent where it does not matter. */
export const PING: readonly Command[] = [['PING']]
/** Lets promises settle. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
