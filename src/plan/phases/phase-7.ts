import { checksOf } from '../check.ts';
import { rehearse } from '../rehearsal.ts';
import { dryRunFinding, healthScript, noChangeFinding, rollbackExists } from '../scripts.ts';

export const phase7 = checksOf(7, {
  'health-validation-works': {
    title: 'Health validation script works',
    criteria: [13],
    needs: ['running'],
    how: 'scripts/mcp/validate_health.sh comes to a verdict, and its exit code is that verdict',
    fix: 'Run scripts/mcp/validate_health.sh by hand and read what it says.',
    run: (site) => healthScript(site, 'works'),
  },
  'health-checks-pass': {
    title: 'All health checks pass',
    criteria: [13],
    needs: ['running'],
    how: 'the verdict of scripts/mcp/validate_health.sh',
    fix: 'See `pmcp validate-health` for the checks that do not pass.',
    run: (site) => healthScript(site, 'verdict'),
  },
  'staging-deployment': {
    title: 'Staging deployment (DRY_RUN) completes',
    criteria: [13],
    needs: ['running'],
    how: 'scripts/deploy_mcp_servers.sh staging, which is a dry run by default',
    fix: 'Run scripts/deploy_mcp_servers.sh staging and mend what it names.',
    run: dryRunFinding,
  },
  'no-changes-made': {
    title: 'No actual changes made',
    objectives: [3],
    criteria: [13],
    needs: ['running'],
    how: 'releases, links, backups and configuration of the installation, before and after',
    fix: 'A dry run that changes something must not be used: report it.',
    run: noChangeFinding,
  },
  'rollback-exists': {
    title: 'Rollback functionality exists',
    criteria: [14],
    how: 'pmcp rollback --dry-run shows the steps that it would take',
    fix: 'Run `pmcp rollback --dry-run` and mend what it names.',
    run: rollbackExists,
  },
  'immediate-rollback': {
    title: 'Immediate Rollback (within 5 minutes)',
    objectives: [6],
    criteria: [14],
    severity: 'Critical',
    needs: ['running', 'rollback'],
    how: 'pmcp rollback --immediate on staging, timed, with an UNKNOWN order in flight on paper',
    fix: 'Follow the incident runbook by hand, and mend what the rollback says.',
    run: (site) => rehearse(site, 'immediate'),
  },
  'full-rollback': {
    title: 'Full Rollback (within 30 minutes)',
    criteria: [14],
    severity: 'Critical',
    needs: ['running', 'rollback'],
    how: 'pmcp rollback --full on staging, timed, with an UNKNOWN order in flight on paper',
    fix: 'Follow the incident runbook by hand, and mend what the rollback says.',
    run: (site) => rehearse(site, 'full'),
  },
});
