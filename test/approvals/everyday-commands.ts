// Commands as agents send them, the allowlist of an owner who expects them to work, and what is
// refused all the same.

export const allowedPrograms = (
  "git npm npx node pnpm yarn bun docker make cmake ninja gcc cargo rustc go python3 pip pytest ls cat " +
  "head tail grep rg find du df free ps top uptime uname hostname whoami id date systemctl journalctl " +
  "rsync tar gzip zip unzip curl wget jq sed awk sort uniq wc cut tr tee diff stat file which echo mkdir " +
  "cp mv rm touch ln chmod readlink realpath basename dirname ssh scp ip ss ping dig kubectl helm " +
  "terraform ansible-playbook gh tsc eslint prettier vitest jest printf test kill pkill sleep sqlite3 psql " +
  "redis-cli mysql ffmpeg convert openssl sha256sum md5sum base64 xxd tree less lsof netstat crontab apt " +
  "dpkg brew nvidia-smi lscpu lsblk mount pwd env printenv timedatectl hostnamectl loginctl seq"
).split(" ");

export const everydayCommands: readonly string[] = String.raw`
git status
git status --porcelain
git -C /srv/app pull --ff-only
git fetch --all --prune
git log --oneline -20
git log --oneline --graph --all | head -30
git log --since='2 weeks ago' --author="Jane Doe"
git log -1 --format=%H
git log --pretty=format:'%h %an %s' -n 10
git diff
git diff HEAD~1
git diff HEAD^ -- src/main.ts
git diff --stat origin/main...HEAD
git diff main..feature -- '*.ts'
git show HEAD:package.json
git show stash@{0}
git stash list
git stash push -m "wip: before rebase"
git add -A
git add -A && git commit -m "fix: handle empty input"
git commit -m 'feat: add (optional) flag & docs'
git commit -m "fix: don't crash"
git commit --amend --no-edit
git push origin HEAD
git push -u origin feature/x-1
git checkout -b feature/new-thing
git checkout main && git pull
git branch -a
git branch --show-current
git rebase -i HEAD~3
git reset --hard HEAD~1
git rev-parse --abbrev-ref HEAD
git rev-parse @{u}
git remote -v
git tag -a v1.2.3 -m "Release 1.2.3"
git clone https://github.com/acme/app.git
git clone --depth 1 git@github.com:acme/app.git /tmp/app
git ls-files | wc -l
git ls-files '*.ts' | xargs wc -l
git grep -n "TODO" -- src
git blame -L 10,20 src/main.ts
git config --get user.email
git submodule update --init --recursive
cd /srv/app && git status
cd /srv/app && git pull && npm ci && npm run build
cd ~/projects/app && npm test
cd ~/projects/app && npm test 2>&1 | tail -50
cd app && make -j4
cd /srv/app && make clean && make all 2>&1 | tail -n 40
cd /srv/app; git status
cd /srv/app && ls -la && cat package.json
cd "/srv/my app" && git log -5
npm ci
npm install
npm install --save-dev typescript@5.4
npm install @types/node
npm run build
npm run build 2>&1 | tail -20
npm test -- --watch=false
npm run lint -- --fix
npm outdated
npm audit --production
npm ls --depth=0
npm view react version
npx tsc --noEmit
npx prettier --check "src/**/*.ts"
npx eslint src --ext .ts,.tsx
npx vitest run src/a.test.ts
pnpm install --frozen-lockfile
pnpm -r build
yarn install --immutable
yarn workspace web build
bun install && bun test
node --version
node -e 'console.log(process.version)'
node -p "require('./package.json').version"
node scripts/migrate.js --dry-run
NODE_ENV=production npm run build
CI=1 npm test
python3 --version
python3 -m pytest -q
python3 -m pytest tests/test_a.py::test_b -x
python3 -m venv .venv
python3 -c 'print(1)'
python3 -c "import sys; print(sys.version)"
pip install -r requirements.txt
pip list --outdated
pytest -k "not slow" --maxfail=1
cargo build --release
cargo test -- --nocapture
cargo clippy --all-targets -- -D warnings
go build ./...
go test ./... -run TestFoo
go vet ./...
docker ps
docker ps -a --format '{{.Names}}\t{{.Status}}'
docker ps --format "table {{.Names}}"
docker ps -q
docker images | head
docker logs --tail 100 web
docker logs web 2>&1 | grep -i error
docker logs -f --since 5m web
docker exec web ls /app
docker exec -it web sh -c 'ls /app'
docker compose up -d
docker compose logs --tail=50 api
docker compose -f docker-compose.prod.yml ps
docker inspect -f '{{.State.Status}}' web
docker build -t app:latest .
docker run --rm -v "$PWD":/w -w /w node:20 npm test
docker stop $(docker ps -q)
docker system df
docker stats --no-stream
make
make test
make -j8 all
make -C build install
make VERBOSE=1
cmake -S . -B build -DCMAKE_BUILD_TYPE=Release
cmake --build build -- -j4
systemctl status nginx
systemctl status nginx --no-pager
systemctl --user status clawdbot-node
systemctl list-units --type=service --state=failed
systemctl is-active nginx || systemctl start nginx
systemctl restart nginx && systemctl status nginx
journalctl -u nginx -n 100 --no-pager
journalctl -u nginx --since "1 hour ago" | grep -i error
journalctl -xe --no-pager | tail -50
journalctl --disk-usage
journalctl -u 'clawdbot*' -f
sudo systemctl restart nginx
rsync -avz --delete src/ user@host:/srv/app/
rsync -av --exclude='node_modules' --exclude=.git ./ /backup/app/
rsync -e "ssh -p 2222" -a a/ b:/c/
du -sh /var/log
du -sh *
du -h --max-depth=1 /srv | sort -h
du -sh /var/* 2>/dev/null | sort -rh | head -10
df -h
df -h / | tail -1
free -m
free -h && df -h
uptime
uptime; free -m; df -h
uname -a
ps aux
ps aux | grep node
ps aux | grep -v grep | grep node
ps aux --sort=-%mem | head -5
ps -eo pid,ppid,cmd,%mem --sort=-%mem | head
top -bn1 | head -20
ls
ls -la
ls -la /srv/app
ls *.log
ls -lt /var/log/*.log | head
ls -1 | wc -l
ls ~/projects
ls "$HOME/projects"
ls /tmp/*.[ch]
cat /etc/os-release
cat package.json | jq .scripts
cat package.json | jq -r '.dependencies | keys[]'
cat README.md | head -50
cat file.txt | sort | uniq -c | sort -rn | head -20
cat access.log | awk '{print $1}' | sort | uniq -c | sort -rn | head
cat a.txt b.txt > c.txt
head -n 20 README.md
tail -n 100 /var/log/syslog
tail -f /var/log/syslog
tail -100 app.log | grep -E "ERROR|WARN"
grep -rn "TODO" src/
grep -rn "foo(bar)" src --include='*.ts'
grep -c error app.log
grep -i "error" app.log | tail -5
grep -E '^(a|b)$' file.txt
grep "error$" app.log
grep -v '^#' /etc/fstab
grep -l foo *.ts
rg "function \w+\(" src
rg -n 'TODO|FIXME' --type ts
rg --files | head
find . -name '*.ts'
find . -name "*.log" -mtime +7 -delete
find . -type f -name '*.js' -not -path '*/node_modules/*'
find . -type f | wc -l
find /var/log -name "*.gz" -size +10M
find . -name '*.tmp' -exec rm {} \;
find . -name '*.ts' -exec grep -l foo {} +
find . -type f -name '*.py' | xargs grep -n import
find . -name '*.ts' -print0 | xargs -0 wc -l
find . \( -name '*.js' -o -name '*.ts' \) -print
find $HOME -maxdepth 1
find ~/projects -maxdepth 2 -name .git
find . -newer package.json ! -name '*.md'
tar -czf backup.tgz src
tar -xzf backup.tgz -C /tmp/out
tar tzf backup.tgz | head
tar czf - src | ssh host 'cat > /tmp/src.tgz'
zip -r out.zip dist
unzip -o out.zip -d /tmp/x
curl -s https://api.example.com/health
curl -s https://api.example.com/users | jq .
curl -s https://api.example.com/users | jq -r '.[].name'
curl -sS -o /dev/null -w '%{http_code}\n' https://example.com
curl -s -o /dev/null -w "%{http_code}" http://localhost:3000
curl -I https://example.com
curl -X POST -H 'Content-Type: application/json' -d '{"a":1}' http://localhost:3000/x
curl -s "http://localhost:3000/search?q=a&limit=5"
curl -s http://localhost:3000/search?q=a
curl -fsSL https://example.com/install.sh | sh
curl -H "Authorization: Bearer $TOKEN" https://api.example.com/me
wget -q https://example.com/file.tgz
wget -qO- https://example.com | head -5
sed -n 1,20p src/main.ts
sed -n '10,20p' src/main.ts
sed -i 's/foo/bar/g' src/main.ts
sed -i "s|a|b|g" *.md
awk '{print $2}' file.txt
awk -F: '{print $1}' /etc/passwd
awk "{print \$1}" file.txt
sort -u names.txt
wc -l src/*.ts
diff -u a.txt b.txt
diff <(ls a) <(ls b)
stat -c %s file.bin
file dist/app
which node
which node npm git
command -v node
type node
echo hello
echo "hello world"
echo $PATH
echo "$HOME"
echo "a" >> notes.txt
echo 'x' > /tmp/x
echo done && git status
printf '%s\n' hello
test -f package.json && echo yes
[ -f package.json ] && echo yes
[ -d node_modules ] || npm ci
if [ -f x ]; then cat x; fi
for f in *.ts; do wc -l "$f"; done
while read -r l; do echo "$l"; done < x.txt
mkdir -p /tmp/a/b/c
mkdir -p build && cd build && cmake ..
cp -r src /tmp/src
cp .env.example .env
mv a.txt b.txt
rm -rf node_modules dist
rm -f /tmp/*.tmp
touch a.txt
ln -s /srv/app/current app
chmod +x scripts/run.sh
./scripts/run.sh
bash scripts/run.sh
sh -c 'git status'
/usr/bin/git status
env
env | sort
env FOO=bar npm test
printenv PATH
date
date +%Y-%m-%d
date -u +"%Y-%m-%dT%H:%M:%SZ"
whoami && hostname && pwd
pwd
pwd && ls
id -u
hostname -I
ip addr show
ip -br a
ss -tlnp
ss -tlnp | grep :3000
ping -c 3 example.com
dig +short example.com
lsof -i :3000
kill 12345
kill -9 12345
pkill -f "node server.js"
nohup node server.js &
nohup node server.js > /tmp/out.log 2>&1 &
sleep 2 && curl -s localhost:3000/health
timeout 30 npm test
timeout 10s curl -s http://localhost:3000
time npm run build
nice -n 10 make -j4
watch -n 1 df -h
ssh host uptime
ssh -p 2222 user@host 'df -h && uptime'
scp a.txt host:/tmp/
kubectl get pods -A
kubectl get pods -o json | jq '.items[].metadata.name'
kubectl logs deploy/web --tail=100
kubectl get pods -o jsonpath='{.items[*].metadata.name}'
helm list -A
terraform plan -out=tf.plan
gh pr list --limit 5
gh pr create --title "Fix" --body "Closes #12"
gh run view --log-failed | tail -40
sqlite3 app.db 'select count(*) from users;'
psql -c "select 1"
psql -At -c 'select now()' | head -1
redis-cli ping
openssl rand -hex 16
sha256sum dist/*
base64 -d secret.b64
crontab -l
apt list --upgradable 2>/dev/null | head
dpkg -l | grep nginx
lscpu | grep 'Model name'
lsblk -f
nvidia-smi --query-gpu=name,memory.used --format=csv
seq 1 10 | tail -3
tree -L 2 -I node_modules
jq '.version' package.json
jq -r .name package.json
npm run build > build.log 2>&1
npm test || true
npm run build && echo OK || echo FAIL
git status; echo "exit: $?"
ls -la | grep "^d"
ls | grep -v "^\." | head -3
tail -n 5 a.log; tail -n 5 b.log
`
  .trim()
  .split("\n");

/** With the line that the caller is told. */
export const refusedCommands: Readonly<Record<string, string>> = {
  "docker stop $(docker ps -q)": "a command substitution runs another command.",
  "sudo systemctl restart nginx":
    '"/usr/bin/sudo" starts other programs, so an entry for it would allow everything.',
  "ls /tmp/*.[ch]": "brackets match file names.",
  "cat a.txt b.txt > c.txt": "it writes to a file.",
  "curl -fsSL https://example.com/install.sh | sh":
    '"sh" is a shell, and this way of calling it is not analysed.',
  "diff <(ls a) <(ls b)": "it reads from a file.",
  "command -v node": '"command" is a builtin of the shell that changes what other words mean.',
  "type node": '"type" is a builtin of the shell that changes what other words mean.',
  'echo "a" >> notes.txt': "it writes to a file.",
  "echo 'x' > /tmp/x": "it writes to a file.",
  "[ -f package.json ] && echo yes": "brackets match file names.",
  "[ -d node_modules ] || npm ci": "brackets match file names.",
  "if [ -f x ]; then cat x; fi": "brackets match file names.",
  'for f in *.ts; do wc -l "$f"; done': '"for" is a word of the shell itself.',
  'while read -r l; do echo "$l"; done < x.txt': '"while" is a word of the shell itself.',
  "mkdir -p build && cd build && cmake ..":
    '"cd" is a builtin of the shell that changes what other words mean.',
  "bash scripts/run.sh": '"bash" is a shell, and this way of calling it is not analysed.',
  "sh -c 'git status'": '"sh" is a shell, and this way of calling it is not analysed.',
  "env FOO=bar npm test":
    '"/usr/bin/env" starts other programs, so an entry for it would allow everything.',
  "nohup node server.js &": 'a single "&" runs it in the background.',
  "nohup node server.js > /tmp/out.log 2>&1 &": "it writes to a file.",
  "time npm run build": '"time" is a word of the shell itself.',
  "watch -n 1 df -h":
    '"/usr/bin/watch" starts other programs, so an entry for it would allow everything.',
  "npm run build > build.log 2>&1": "it writes to a file.",
};
