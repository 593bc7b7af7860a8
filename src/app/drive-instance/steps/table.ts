import type {StepType} from '../../../core/instance/decide.ts';
import type {Step} from '../step.ts';
import {awaitShell, installWorker, stopWorker} from './install.ts';
import {executeMove} from './move.ts';
import {awaitAddress, confirmSecurityGroup, createServer, growBootVolume, powerOn, prepareCreate} from './provision.ts';
import {awaitEngineHttp, awaitModelLoaded, checkHealth, drain, warmUp} from './readiness.ts';
import {
  awaitServerGone,
  confirmTermination,
  deleteIps,
  deleteSecurityGroup,
  deleteVolumes,
  discoverForTeardown,
  stopServer,
} from './terminate.ts';
import {uninstallWorker} from './uninstall.ts';

export const steps: Readonly<Record<StepType, Step>> = {
  EXECUTE_CREATE: prepareCreate,
  PROVIDER_CREATE: createServer,
  PROVIDER_VOLUME_RESIZE: growBootVolume,
  PROVIDER_START: powerOn,
  PROVIDER_GET_IP: awaitAddress,
  PROVIDER_SECURITY_GROUP: confirmSecurityGroup,
  WORKER_SSH_ACCESSIBLE: awaitShell,
  EXECUTE_REINSTALL: stopWorker,
  WORKER_SSH_INSTALL: installWorker,
  WORKER_VLLM_HTTP_OK: awaitEngineHttp,
  WORKER_MODEL_LOADED: awaitModelLoaded,
  WORKER_VLLM_WARMUP: warmUp,
  HEALTH_CHECK: checkHealth,
  EXECUTE_MOVE: executeMove,
  EXECUTE_DRAIN: drain,
  EXECUTE_TERMINATE: discoverForTeardown,
  WORKER_UNINSTALL: uninstallWorker,
  PROVIDER_STOP: stopServer,
  PROVIDER_TERMINATE: awaitServerGone,
  PROVIDER_DELETE_VOLUME: deleteVolumes,
  PROVIDER_DELETE_IP: deleteIps,
  PROVIDER_DELETE_SECURITY_GROUP: deleteSecurityGroup,
  TERMINATION_CONFIRMED: confirmTermination,
};
