/**
 * Files that need a person's approval by default: other programs run or obey them, or they hold secrets.
 *
 * @since 0.1.0
 */
import { realpathSync } from "node:fs"
import { errorCode } from "../faults.js"
import { parseGlob } from "../search/glob.js"
import { below, type Names, split } from "./paths.js"
import { fold, type Use } from "./protection.js"

/**
 * A row of the table of sensitive files.
 *
 * @since 0.1.0
 * @category models
 */
export interface SensitiveFile {
  /** Globs over the end of the path, in lower case: `.env`, `.github/**`. A path fits at any depth, in any case. */
  readonly globs: ReadonlyArray<string>
  /** `write`: changing the file lets something run or be obeyed. `read`: the file holds secrets. */
  readonly use: Use
  /** The reason, as the end of the sentence "this file …". */
  readonly reason: string
}

const write = (reason: string, ...globs: ReadonlyArray<string>): SensitiveFile => ({ globs, use: "write", reason })
const read = (reason: string, ...globs: ReadonlyArray<string>): SensitiveFile => ({ globs, use: "read", reason })

const home = [".ssh/**", ".gnupg/**", ".aws/**", ".azure/**", ".kube/**", ".docker/**"]

/**
 * The table of sensitive files. A call that changes one needs `exec:file:<path>`, and a call that reads one needs
 * `secrets:read:<path>`, beside the capability of the file itself.
 *
 * @since 0.1.0
 * @category constants
 */
export const sensitiveFiles: ReadonlyArray<SensitiveFile> = [
  write(
    "is run when a shell or a session starts",
    ".{bash,zsh,ksh,csh,tcsh,mksh}rc",
    ".{bash,zsh}_{profile,login,logout}",
    ".{profile,login,logout,zshenv,zprofile,zlogin,zlogout,inputrc,xinitrc,xprofile,xsession,xsessionrc}",
    ".envrc",
    ".local/bin/**",
    "bin/**/.*rc"
  ),
  write("configures the programs of its user", ".config/**", "appdata/**", "library/preferences/**"),
  write("decides who may log in, or with which key", ...home),
  write(
    "is run by the system at a time or at an event",
    "{crontab,anacrontab}",
    "cron.{d,daily,hourly,weekly,monthly}/**",
    "crontabs/**",
    "systemd/**",
    "*.{service,timer,socket}",
    "{autostart,launchagents,launchdaemons}/**",
    "*.desktop"
  ),
  write(
    "gives orders to agents and to Life",
    "{agents,claude,gemini}.md",
    "{agents,claude}.{local,override}.md",
    ".{cursorrules,windsurfrules,clinerules,roorules,rules,goosehints}",
    ".{clinerules,kiro,opencode}/**",
    ".{cursor,claude,codex,gemini,windsurf,agents,continue,roo}/**",
    "{.mcp,mcp}.json",
    "life.toml"
  ),
  write(
    "holds scripts that a package manager runs",
    "package.json",
    ".{npmrc,yarnrc,yarnrc.yml}",
    "{.pnpmfile.cjs,pnpm-workspace.yaml,bunfig.toml}",
    "{pip.conf,sitecustomize.py,usercustomize.py}",
    "*.pth",
    ".cargo/**",
    ".yarn/{releases,plugins}/**",
    ".mvn/**",
    "gradle/wrapper/**",
    "node_modules/.bin/**",
    ".{gdbinit,psqlrc,sqliterc,bazelrc,flaskenv}",
    "{mise.toml,.mise.toml}"
  ),
  write(
    "is run by a build server",
    ".{github,circleci,buildkite,woodpecker,gitlab,forgejo,gitea,ci}/**",
    ".{gitlab-ci,travis,drone,woodpecker,cirrus,appveyor}.y{,a}ml",
    "{azure-pipelines,bitbucket-pipelines,appveyor}.y{,a}ml",
    "jenkinsfile"
  ),
  write(
    "makes git run something",
    ".{gitattributes,gitmodules,gitconfig}",
    ".{husky,githooks}/**",
    // A directory with these is a repository, and its config runs programs.
    "{head,commondir,gitdir}",
    ".hg/**",
    "{.pre-commit-config,lefthook,.lefthook}.y{,a}ml"
  ),
  write(
    "is run or obeyed by an editor",
    ".{vscode,idea,devcontainer,fleet,zed,emacs.d,vim}/**",
    "*.code-workspace",
    ".{vimrc,nvimrc,exrc,emacs,gvimrc}",
    ".dir-locals.el"
  ),
  write("sets the environment of programs", ".env", ".env.*"),
  read(
    "holds secrets of programs",
    ".env",
    ".env.*",
    "*.env",
    ".{envrc,flaskenv}",
    "*.tfvars",
    "secrets.{json,y{,a}ml,toml}",
    ".htpasswd",
    ".vault-token"
  ),
  read(
    "holds a private key",
    "*.{pem,key,p12,pfx,jks,keystore,ppk,asc,gpg,age,ovpn}",
    "id_{rsa,dsa,ecdsa,ed25519,ecdsa_sk,ed25519_sk}",
    "wallet.dat"
  ),
  read(
    "holds credentials",
    ...home,
    ".{netrc,pgpass,my.cnf,npmrc,pypirc,git-credentials,yarnrc.yml,dockercfg}",
    "_netrc",
    ".git/{config,credentials}",
    ".git/{modules,worktrees,logs}/**",
    "{kubeconfig,auth.json}",
    "credentials",
    "credentials.{json,y{,a}ml,toml,xml,db}",
    ".{cargo,gem,config/gcloud,config/gh,config/hub,terraform.d}/**",
    "{service-account,service_account,serviceaccount}*.json",
    "*.tfstate{,.backup}"
  ),
  read(
    "is a store of passwords",
    "*.{kdbx,kdb,keychain,keychain-db,agilekeychain,opvault}",
    "{login data,cookies,cookies.sqlite,logins.json,key3.db,key4.db}"
  ),
  read("records what was typed into a shell", ".*_history")
]

const realOf = (path: string): string => {
  try {
    return realpathSync(path)
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause
    return path
  }
}

/**
 * A row for some files that let something run: absolute paths, of which those outside of the workspace do not count.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sensitivePaths = (workspace: string, files: ReadonlyArray<string>, reason: string): SensitiveFile => ({
  use: "write",
  reason,
  globs: files.flatMap((file) => {
    const names = below(realOf(file), [split(realOf(workspace))]) ?? []
    return names.length === 0 ? [] : names.map((name) => fold(name).replace(/[\\*?[\]{}]/g, "\\$&")).join("/")
  })
})

// Examples that are made to be read and copied.
const harmless = parseGlob("**/.env.{example,sample,template,dist,defaults}")

interface Row {
  readonly isMatch: (names: Names) => boolean
  readonly reason: string
}

/**
 * Builds the test of a table: gives the reasons why a use of a file is sensitive.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sensitivity = (
  table: ReadonlyArray<SensitiveFile>
): ((names: Names, use: Use) => ReadonlyArray<string>) => {
  const rowsFor = (use: Use): ReadonlyArray<Row> =>
    table
      .filter((row) => row.use === use)
      .flatMap(({ globs, reason }) => globs.map((glob) => ({ isMatch: parseGlob(`**/${glob}`), reason })))
  const rows = { read: rowsFor("read"), write: rowsFor("write") }
  return (names, use) => {
    const folded = names.map(fold)
    if (harmless(folded)) return []
    return [...new Set(rows[use].flatMap(({ isMatch, reason }) => (isMatch(folded) ? [reason] : [])))]
  }
}
