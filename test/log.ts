import type { Logger } from '../src/limiter/events.ts'

/** What the limiters of one test have logged: level, and code or kind. */
export type Log = string[]

/** A logger that writes to `log` instead of the console, for these levels. */
export function loggerTo(log: Log, ...levels: (keyof Logger)[]): Logger {
  const write = (level: string) => (_message: string, details?: object) => {
    const { kind, code } = details as { kind: string; code?: string }
    log.push(`${level} ${code ?? kind}`)
  }
  return Object.fromEntries(levels.map((level) => [level, write(level)]))
}
