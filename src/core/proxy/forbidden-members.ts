/** Members a client must not set: they reach into the engine's scheduler, cache, files or templates. */
export const forbiddenMembers = [
  'priority',
  'cache_salt',
  'request_id',
  'kv_transfer_params',
  'ec_transfer_params',
  'vllm_xargs',
  'chat_template',
  'media_io_kwargs',
] as const;
