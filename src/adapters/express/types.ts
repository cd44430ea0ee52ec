import type { Request, Response } from 'express'

/** Express's request, as handlers get it. */
export type Req = Request
/** Express's response, as handlers get it. */
export type Res = Response
/** An Express app or router: both are functions. */
export type AppOrRouter = (...args: never[]) => unknown
