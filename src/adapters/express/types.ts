import type { Request, Response } from 'express'

/** Express's request, as handlers get it. */
export type Req = Request
/** Express's response, as handlers get it. */
export type Res = Response
