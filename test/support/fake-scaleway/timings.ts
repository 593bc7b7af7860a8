/** How long things take, in milliseconds, as seen in recordings of the real API. */

/** starting/"allocating node" -> starting/"provisioning node". */
export const NODE_ALLOCATED_AFTER_MS = 2_000;
/** Power-on accepted -> running, by kind of server. */
export const RUNNING_AFTER_MS = 5_000;
export const RUNNING_WITH_LOCAL_ROOT_AFTER_MS = 15_000;
export const RUNNING_WITH_GPU_AFTER_MS = 20_000;
/** running -> the guest reports that it booted, and its IPs become attached. */
export const GUEST_BOOTED_AFTER_MS = 20_000;

/** poweroff -> the dynamic IP is taken back, then stopped. */
export const DYNAMIC_IP_RELEASED_AFTER_MS = 3_000;
export const STOPPED_AFTER_MS = 40_000;
export const STOPPED_IN_PLACE_AFTER_MS = 41_000;
/** reboot: stopping -> starting -> running. */
export const REBOOT_DOWN_AFTER_MS = 33_000;
export const REBOOT_UP_AFTER_MS = 38_000;

/** terminate: local volumes go to `deleting`, Block volumes to `detaching`, then the server is gone. */
export const TERMINATE_MARKED_AFTER_MS = 400;
export const TERMINATE_DETACHING_AFTER_MS = 1_500;
export const TERMINATED_AFTER_MS = 5_000;
export const TERMINATED_WITH_GPU_AFTER_MS = 15_000;

/** The server is gone -> its Block volumes are available. */
export const DETACHED_AFTER_MS = 1_000;
/** detach-volume on a running server: attached -> detaching -> available. */
export const LIVE_DETACH_STARTED_AFTER_MS = 3_000;
export const LIVE_DETACHED_AFTER_MS = 45_000;

export const BLOCK_VOLUME_CREATED_AFTER_MS = 1_000;
export const BLOCK_VOLUME_UPDATED_AFTER_MS = 1_500;
export const SNAPSHOT_CREATED_AFTER_MS = 3_000;
/** A deleted image keeps hold of its snapshots for a while. */
export const IMAGE_RELEASES_SNAPSHOT_AFTER_MS = 30_000;
export const SECURITY_GROUP_SYNCED_AFTER_MS = 600;
