import {
  type ArgumentsHost,
  Catch,
  type CanActivate,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  type INestApplication,
  Module,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common'
import { APP_GUARD, NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import type { Request, Response } from 'express'
import {
  NestLimiter,
  RateLimit,
  RateLimitExceeded,
  remoteAddress,
  SharedRateLimit,
  SkipRateLimit,
  SluiceGuard,
  SluiceModule,
} from 'sluice/nestjs'

class AppModule {}
Module({ imports: [SluiceModule.forRoot({ key: remoteAddress })] })(AppModule)

class AuthGuard implements CanActivate {
  canActivate(_context: ExecutionContext): boolean {
    return true
  }
}

export const app: INestApplication = await NestFactory.create(AppModule)

export {
  APP_GUARD,
  AppModule,
  type ArgumentsHost,
  AuthGuard,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Module,
  type NestExpressApplication,
  NestFactory,
  NestLimiter,
  Post,
  RateLimit,
  RateLimitExceeded,
  remoteAddress,
  Req,
  type Request,
  type Response,
  SharedRateLimit,
  SkipRateLimit,
  SluiceGuard,
  SluiceModule,
  UseGuards,
}
