import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'wallets', summary: 'not built yet' });
