import type { ExecutionContext } from '@nestjs/common'

/** What Nest hands to guards and interceptors: what limits ask. */
export type Req = ExecutionContext

/** What the responses of Express and of Fastify have in common: what `deductWhen` asks. */
export interface Res {
  readonly statusCode: number
  getHeader(name: string): number | string | readonly string[] | undefined
}

/** A class, such as a controller or a module. */
export type AnyClass = abstract new (...args: never[]) => unknown

/** A function of a controller, gateway or resolver that handles requests. */
export type Handler = (...args: never[]) => unknown
