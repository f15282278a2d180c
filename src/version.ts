/** Replaced at build time by the version in package.json. */
declare const PMCP_VERSION: string | undefined;

export const VERSION = typeof PMCP_VERSION === 'string' ? PMCP_VERSION : '0.0.0-source';
