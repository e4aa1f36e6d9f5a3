;;; redlua.el --- Lua scripts of Redis and Valkey  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;; Version: 0.1.0
;; Package-Requires: ((emacs "30.1"))
;; Keywords: languages, tools
;; URL: https://github.com/redlua/redlua

;;; Commentary:

;; Serves Redis Lua by the language server `redlua lsp', through Eglot, and
;; runs scripts on the engine inside of it.
;;
;; A Lua file that holds a Redis script opens in `redis-lua-mode', which is
;; your own Lua mode under another name, or a small one where there is none.
;; All other Lua files keep their mode and their language server.  A file
;; that ends in .redis opens in `redis-transcript-mode'.
;;
;; Keys of a script:
;;
;;   C-c C-c  `redlua-run'             asks for keys and arguments, and runs
;;   C-c C-a  `redlua-run-again'       runs with those of the last time
;;   C-c C-t  `redlua-run-examples'    runs the examples in comments
;;   C-c C-k  `redlua-reset-keyspace'  empties the keyspace
;;   C-c C-s  `redlua-summary'         tells what a script does as a whole
;;   C-c C-e  `redlua-explain'         explains the rule, the command or the function at point
;;
;; Scripts in the strings of other languages are served in `lsp-mode', which
;; has several servers for a buffer; Eglot has one.
;;
;; All else is Eglot's: findings by Flymake, `completion-at-point' inside of
;; strings too, `eldoc', `eglot-code-actions', `eglot-rename', `eglot-format'.

;;; Code:

(require 'eglot)
(require 'easymenu)
(require 'subr-x)

(defgroup redlua nil
  "Lua scripts of Redis and Valkey."
  :group 'languages
  :prefix "redlua-")

(defcustom redlua-command '("redlua" "lsp")
  "The program that serves Redis Lua, and its arguments."
  :type '(repeat string))

(defcustom redlua-start-server t
  "Whether to start the language server where a script is opened."
  :type 'boolean)

(defcustom redlua-lua-mode nil
  "The mode that `redis-lua-mode' builds on.
Nil takes `lua-mode' if it is installed, else `lua-ts-mode' if its
grammar is, else a small mode of this package."
  :type '(choice (const :tag "What is there" nil) function))

(defcustom redlua-indent 2
  "Columns of a level, where no other Lua mode is installed."
  :type 'natnum
  :safe #'natnump)

;;;; Which files are scripts

;;;###autoload
(progn
  (defun redlua-script-p ()
    "Whether this buffer seems to hold a script of Redis.
An empty Lua file is one beside or below a redlua.toml, and where no
mode is known for it."
    (and buffer-file-name
         (let ((case-fold-search nil))
           (save-excursion
             (goto-char (point-min))
             (or (looking-at-p "#!lua\\_>")
                 (and (string-suffix-p ".lua" buffer-file-name)
                      (if (eobp)
                          (or (locate-dominating-file buffer-file-name "redlua.toml")
                              (not (assoc-default buffer-file-name auto-mode-alist #'string-match)))
                        (re-search-forward
                         "\\_<\\(?:redis\\|server\\)[ \t\n]*\\.[ \t\n]*p?call\\_>\\|\\_<\\(?:KEYS\\|ARGV\\)[ \t\n]*\\["
                         (min (point-max) 100000) t))
                      t))))))

  (defun redlua-shebang-mode ()
    "Choose the mode of a file whose shebang says Lua."
    (if (redlua-script-p)
        (redis-lua-mode)
      (let ((interpreter-mode-alist (rassq-delete-all 'redlua-shebang-mode (copy-alist interpreter-mode-alist))))
        (set-auto-mode))))

  ;; What the first line says comes before the contents, so both are needed.
  (add-to-list 'interpreter-mode-alist '("lua" . redlua-shebang-mode))
  (add-to-list 'magic-mode-alist '(redlua-script-p . redis-lua-mode))
  (add-to-list 'auto-mode-alist '("\\.redis\\'" . redis-transcript-mode))
  (add-to-list 'auto-mode-alist '("/redlua\\.toml\\'" . redlua-settings-mode)))

;;;; The mode of scripts

(defvar-keymap redlua-keys
  :doc "Keys of scripts and transcripts."
  "C-c C-c" #'redlua-run
  "C-c C-a" #'redlua-run-again
  "C-c C-t" #'redlua-run-examples
  "C-c C-k" #'redlua-reset-keyspace
  "C-c C-s" #'redlua-summary
  "C-c C-e" #'redlua-explain)

(easy-menu-define redlua-menu redlua-keys
  "What can be done with a script."
  '("Redis"
    ["Run …" redlua-run]
    ["Run again" redlua-run-again]
    ["Run the examples" redlua-run-examples]
    ["Reset the keyspace" redlua-reset-keyspace]
    "--"
    ["What it does as a whole" redlua-summary]
    ["With its includes" redlua-assembled]
    ["Explain what is here" redlua-explain]
    ["Fix or change …" eglot-code-actions]))

(defvar redis-lua-mode-hook nil
  "Runs after a script is opened.")

(declare-function treesit-ready-p "treesit" (language &optional quiet))

(defun redlua--base-mode ()
  "The Lua mode to build on."
  (cond (redlua-lua-mode)
        ((fboundp 'lua-mode) (major-mode-remap 'lua-mode))
        ((and (fboundp 'lua-ts-mode) (require 'treesit nil t) (treesit-ready-p 'lua t)) 'lua-ts-mode)
        (t #'redlua-plain-mode)))

;; Not derived from `lua-mode' as others see it: Eglot gives one server to all
;; of a project's buffers with a mode and its descendants.
;;;###autoload
(defun redis-lua-mode ()
  "Major mode for Lua scripts of Redis and Valkey.

It is the Lua mode that is installed, with these keys:

\\{redlua-keys}"
  (interactive)
  (delay-mode-hooks (funcall (redlua--base-mode)))
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map (make-composed-keymap redlua-keys (current-local-map)))
    (use-local-map map))
  (setq major-mode 'redis-lua-mode
        mode-name "Redis Lua")
  (redlua--start)
  (run-mode-hooks 'redis-lua-mode-hook))
(put 'redis-lua-mode 'derived-mode-parent 'prog-mode)

(defun redlua--start ()
  "Start the language server, if it is there and wanted."
  (when (and redlua-start-server buffer-file-name)
    (if (executable-find (car redlua-command) t)
        (eglot-ensure)
      (message "redlua: there is no program %s: `cargo install --path server/cli' in a clone of redlua installs it"
               (car redlua-command)))))

;;;; A small Lua mode

(defvar redlua--keywords
  '("and" "break" "do" "else" "elseif" "end" "for" "function" "if" "in" "local" "not" "or" "repeat" "return" "then"
    "until" "while"))

(defvar redlua--font-lock
  `((,(regexp-opt redlua--keywords 'symbols) . font-lock-keyword-face)
    ("\\_<\\(?:true\\|false\\|nil\\)\\_>" . font-lock-constant-face)
    ("\\_<function\\_>[ \t]+\\([[:alnum:]_.:]+\\)" 1 font-lock-function-name-face)
    ("\\_<\\(?:KEYS\\|ARGV\\|redis\\|server\\)\\_>" . font-lock-builtin-face)
    ("\\_<\\([[:alnum:]_]+\\)[ \t]*\\(?:(\\|[\"']\\|\\[\\[\\)" 1 'font-lock-function-call-face)))

(defvar redlua-plain-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?- ". 12" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?' "\"" table)
    (modify-syntax-entry ?_ "_" table)
    (dolist (char '(?+ ?* ?/ ?% ?^ ?< ?> ?= ?~ ?# ?. ?: ?\; ?,))
      (modify-syntax-entry char "." table))
    table))

(defun redlua--long-brackets (start end)
  "Mark long strings and comments between START and END."
  (goto-char start)
  (when-let* ((open (nth 8 (syntax-ppss))))
    (save-excursion
      (goto-char open)
      (setq start open))
    (goto-char start))
  (while (re-search-forward "\\(--\\)?\\[\\(=*\\)\\[" end t)
    (let ((from (match-beginning 0))
          (comment (match-beginning 1))
          (close (concat "]" (match-string 2) "]")))
      (unless (save-excursion (nth 8 (save-match-data (syntax-ppss from))))
        (let ((kind (string-to-syntax (if comment "!" "|"))))
          (put-text-property from (1+ from) 'syntax-table kind)
          (when (search-forward close nil 'move)
            (put-text-property (1- (point)) (point) 'syntax-table kind)
            (put-text-property from (point) 'syntax-multiline t)))))))

(defconst redlua--bracket
  "\\_<\\(?:function\\|do\\|then\\|repeat\\|end\\|until\\|else\\(?:if\\)?\\)\\_>\\|[](){}[]"
  "What opens or closes a level.")

(defun redlua--level ()
  "How many levels the line at point is inside of.
What several words of a line open is one level."
  (let ((case-fold-search nil)
        (line (line-beginning-position))
        (open nil)
        (go t))
    (save-excursion
      (goto-char (point-min))
      (while (and go (re-search-forward redlua--bracket nil 'move))
        (let ((at (match-beginning 0))
              (word (match-string 0)))
          ;; Of the line itself only what it begins with.
          (if (and (>= at line)
                   (or (> (save-excursion (goto-char at) (line-beginning-position)) line)
                       (not (member word '("end" "until" "else" "elseif" "]" ")" "}")))
                       (string-match-p "[^]})[:space:]]" (buffer-substring-no-properties line at))))
              (setq go nil)
            (unless (or (nth 8 (save-excursion (syntax-ppss at))) (get-text-property at 'syntax-table))
              (when (member word '("end" "until" "else" "elseif" "]" ")" "}"))
                (pop open))
              (when (and (member word '("function" "do" "then" "repeat" "else" "[" "(" "{"))
                         (< at line))
                (push (save-excursion (goto-char at) (line-beginning-position)) open)))))))
    (length (seq-uniq open))))

(defun redlua-indent-line ()
  "Indent a line by the levels that are open."
  (interactive)
  (unless (nth 8 (save-excursion (syntax-ppss (line-beginning-position))))
    (let ((column (* redlua-indent (redlua--level))))
      (if (<= (current-column) (current-indentation))
          (indent-line-to column)
        (save-excursion (indent-line-to column))))))

(define-derived-mode redlua-plain-mode prog-mode "Lua"
  "Lua, for an Emacs that has no other mode for it."
  :syntax-table redlua-plain-mode-syntax-table
  (setq-local comment-start "-- "
              comment-start-skip "--+[ \t]*"
              font-lock-defaults '(redlua--font-lock)
              syntax-propertize-function #'redlua--long-brackets
              indent-tabs-mode nil
              indent-line-function #'redlua-indent-line)
  (add-hook 'syntax-propertize-extend-region-functions #'syntax-propertize-multiline nil t))

;;;; Transcripts

(defvar redlua--transcript-font-lock
  '(("^#.*" . font-lock-comment-face)
    ("^\\(>\\) +\\([^ \t\n]+\\)"
     (1 'font-lock-delimiter-face)
     (2 font-lock-function-name-face)
     ("\\_<[A-Z]+\\_>" nil nil (0 font-lock-constant-face)))
    ("^(error).*" . font-lock-warning-face)
    ("^[ 0-9)]*\\((\\(?:integer\\|double\\|big number\\))\\)" 1 font-lock-type-face)
    ("(\\(?:nil\\|true\\|false\\|empty [^)\n]*\\))" . font-lock-constant-face)
    ("^[ \t]*\\(?:[0-9]+[)~#] *\\)+" . 'font-lock-delimiter-face)
    ("^\\(?:OK\\|QUEUED\\|PONG\\)$" . font-lock-constant-face)))

;;;###autoload
(define-derived-mode redis-transcript-mode prog-mode "Redis"
  "Major mode for transcripts: commands behind `> ', their replies below."
  ;; A quote in a reply, as in "can't", begins nothing.
  (modify-syntax-entry ?' ".")
  (setq-local comment-start "# "
              comment-start-skip "#+[ \t]*"
              font-lock-defaults '(redlua--transcript-font-lock))
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map (make-composed-keymap redlua-keys (current-local-map)))
    (use-local-map map))
  (redlua--start))

;;;; The settings

;;;###autoload
(define-derived-mode redlua-settings-mode conf-toml-mode "TOML"
  "Major mode for `redlua.toml'."
  (redlua--start))

;;;; The language server

(defclass redlua-server (eglot-lsp-server) ()
  :documentation "A `redlua lsp'.")

(defun redlua--contact (&rest _)
  "What Eglot starts."
  (cons 'redlua-server redlua-command))

(add-to-list 'eglot-server-programs
             '(((redis-lua-mode :language-id "redis-lua")
                (redis-transcript-mode :language-id "redis")
                (redlua-settings-mode :language-id "toml"))
               . redlua--contact))

(cl-defmethod eglot-initialization-options ((_server redlua-server))
  "Say that questions and outcomes are ours."
  '(:redlua (:inputs t)))

(cl-defmethod eglot-execute ((_server redlua-server) action)
  "Do ACTION: what runs shows its outcome."
  (pcase (plist-get action :command)
    ((and (pred stringp) command)
     (let ((argument (ignore-errors (elt (plist-get action :arguments) 0))))
       (pcase command
         ("redlua.run"
          (if (eq (plist-get argument :ask) t)
              (redlua--ask argument)
            (redlua--run argument)))
         ("redlua.runExamples" (redlua-run-examples))
         ("redlua.resetKeyspace" (redlua-reset-keyspace))
         ("redlua.showSummary" (redlua-summary))
         ("redlua.showAssembled" (redlua-assembled))
         ("redlua.explain" (redlua-explain (plist-get argument :name)))
         (_ (cl-call-next-method)))))
    (_ (cl-call-next-method))))

(defun redlua--server ()
  "The language server of this buffer."
  (let ((server (eglot-current-server)))
    (unless (cl-typep server 'redlua-server)
      (user-error "No redlua serves this buffer: M-x redis-lua-mode says that it is a script, M-x eglot starts the server"))
    server))

(defun redlua--uri ()
  "How the server calls this buffer."
  (plist-get (eglot--TextDocumentIdentifier) :uri))

(defun redlua--request (method params done)
  "Send METHOD with PARAMS, and call DONE with what comes, in this buffer."
  (let ((buffer (current-buffer)))
    (jsonrpc-async-request
     (redlua--server) method params
     ;; After what was typed just now.
     :deferred (list 'redlua method (random))
     :timeout 60
     :timeout-fn (lambda () (message "redlua: no answer came"))
     :error-fn (lambda (problem) (message "redlua: %s" (plist-get problem :message)))
     :success-fn (lambda (result)
                   (when (buffer-live-p buffer)
                     (with-current-buffer buffer (funcall done result)))))))

(defun redlua--execute (command argument done)
  "Send COMMAND with ARGUMENT, and call DONE with what it returns."
  (redlua--request :workspace/executeCommand (list :command command :arguments (if argument (vector argument) []))
                   done))

;;;; Scripts in the strings of other languages

(defcustom redlua-hosts t
  "Whether redlua serves files of other languages, beside their own servers.
That is in `lsp-mode'."
  :type 'boolean)

(defconst redlua--hosts
  '("python" "javascript" "javascriptreact" "typescript" "typescriptreact" "vue" "svelte" "go" "java" "kotlin" "php"
    "ruby" "csharp" "rust" "shellscript" "markdown")
  "Languages whose strings may hold scripts, by the names that the protocol has.")

(declare-function lsp-register-client "lsp-mode" (client))
(declare-function make-lsp-client "lsp-mode" (&rest slots))
(declare-function lsp-stdio-connection "lsp-mode" (command &optional test))
(declare-function lsp-activate-on "lsp-mode" (&rest languages))

(defun redlua--register-hosts ()
  "Add redlua to the servers that `lsp-mode' has for other languages."
  (let ((is-host (apply #'lsp-activate-on redlua--hosts)))
    (lsp-register-client
     (make-lsp-client
      :server-id 'redlua
      :new-connection (lsp-stdio-connection (lambda () redlua-command))
      :activation-fn (lambda (&rest arguments) (and redlua-hosts (apply is-host arguments)))
      :add-on? t
      :initialization-options '(:redlua (:hosts "only" :terse t))))))

;;;###autoload (with-eval-after-load 'lsp-mode (require 'redlua))
(with-eval-after-load 'lsp-mode
  (redlua--register-hosts))

;;;; Runs

(defvar redlua--history nil
  "What scripts were run with.")

(defun redlua--argument (&optional function)
  "What a command takes for this buffer and FUNCTION."
  (append (list :uri (redlua--uri)) (and function (list :function function))))

(defun redlua--pick (done)
  "Call DONE with the function to run: nil in a script."
  (redlua--execute
   "redlua.status" (redlua--argument)
   (lambda (status)
     (let ((functions (append (plist-get status :functions) nil)))
       (cond
        ((not (eq (plist-get status :script) t))
         (message "redlua: this is no script"))
        ((not (eq (plist-get status :library) t)) (funcall done nil))
        ((null functions) (message "redlua: the library registers no function"))
        ((null (cdr functions)) (funcall done (car functions)))
        (t
         (let ((near (save-excursion
                       (end-of-line)
                       (and (re-search-backward (concat "['\"]" (regexp-opt functions t) "['\"]") nil t)
                            (match-string-no-properties 1)))))
           (redlua--later
            (lambda () (funcall done (completing-read (format-prompt "Run which function" near)
                                                      functions nil t nil nil near)))))))))))

(defun redlua--later (ask)
  "Call ASK, which reads from the keyboard, when nothing else goes on."
  (let ((buffer (current-buffer)))
    (run-at-time 0 nil (lambda () (when (buffer-live-p buffer) (with-current-buffer buffer (funcall ask)))))))

;;;###autoload
(defun redlua-run ()
  "Run this script, or a function of this library, on the embedded engine.
Keys and arguments are asked for by their names.  M-n at the prompt goes
through those of the examples and of the last run."
  (interactive)
  (redlua--pick (lambda (function) (redlua--ask (redlua--argument function)))))

(defun redlua-run-again ()
  "Run again, with the keys and arguments of the last time.
If it has not been run, with those of the first example, or such as fit."
  (interactive)
  (redlua--pick (lambda (function) (redlua--run (redlua--argument function)))))

(defun redlua--ask (argument)
  "Ask for what `redlua.run' takes with ARGUMENT, and run."
  (setq argument (append (list :uri (plist-get argument :uri))
                         (and (plist-get argument :function) (list :function (plist-get argument :function)))))
  (redlua--execute
   "redlua.inputs" argument
   (lambda (form)
     (let ((prompt (plist-get form :prompt))
           (choices (mapcar (lambda (choice) (plist-get choice :line)) (plist-get form :choices))))
       (if (string-empty-p prompt)
           (redlua--run argument)
         (redlua--later
          (lambda ()
            (redlua--run (append (list :line (read-string (format "Run with %s: " prompt) (plist-get form :line)
                                                          'redlua--history choices))
                                 argument)))))))))

(declare-function eglot--update-hints-1 "eglot" (from to))

(defun redlua--refresh-hints ()
  "Show the hints that a run left.
Eglot asks for hints only after an edit, and has no public way to ask."
  (when (and (bound-and-true-p eglot-inlay-hints-mode) (fboundp 'eglot--update-hints-1))
    (let ((buffer (current-buffer)))
      ;; The server takes note of a run right after its answer.
      (run-at-time 0.2 nil (lambda ()
                             (when (buffer-live-p buffer)
                               (with-current-buffer buffer
                                 (eglot--update-hints-1 (point-min) (point-max)))))))))

(defun redlua--without-consent (argument)
  "ARGUMENT without the leave to write, which is given for one run."
  (cl-loop for (key value) on argument by #'cddr
           unless (memq key '(:write :confirm)) append (list key value)))

(defun redlua--consent (argument consent)
  "Ask whether the run with ARGUMENT may write on a real server; CONSENT is what it needs."
  (let ((server (plist-get consent :server))
        (question (plist-get consent :question))
        (must (plist-get consent :confirm))
        (plain (redlua--without-consent argument)))
    (cond
     ((not must)
      (when (yes-or-no-p (concat question " "))
        (redlua--run (append '(:write t) plain))))
     ((equal (read-string (format "%s To go on, %s: " question must)) server)
      (redlua--run (append (list :write t :confirm server) plain)))
     (t (message "redlua: that is not %s: nothing was written" server)))))

(defun redlua--run (argument)
  "Run with ARGUMENT, and show the outcome."
  (setq argument (append '(:ask :json-false :view t) argument))
  (redlua--execute
   "redlua.run" argument
   (lambda (outcome)
     (when-let* ((consent (plist-get outcome :consent)))
       (redlua--later (lambda () (redlua--consent argument consent))))
     (when outcome
       (redlua--refresh-hints)
       (let* ((buffer (current-buffer))
              (function (plist-get argument :function))
              (again (append (list :line (plist-get (plist-get outcome :inputs) :line))
                             (redlua--without-consent argument))))
         (redlua--show (if function (format "%s of %s" function (buffer-name)) (buffer-name))
                       (lambda () (mapc #'redlua--insert-row (plist-get outcome :view)))
                       (lambda () (with-current-buffer buffer (redlua--run again)))))))))

(defun redlua-run-examples ()
  "Run the examples in the comments of this script, or this transcript."
  (interactive)
  (redlua--execute
   "redlua.runExamples" (redlua--argument)
   (lambda (verdicts)
     (redlua--refresh-hints)
     (let* ((buffer (current-buffer))
            (wrong (seq-remove (lambda (verdict) (eq (plist-get verdict :passed) t)) verdicts))
            (count (length verdicts))
            (all (format "%d example%s" count (if (= count 1) "" "s"))))
       (cond
        ((zerop count)
         (message "redlua: there are no examples: `--> EVAL . 1 key argument' begins one, `--= reply' follows"))
        ((null wrong) (message "redlua: %s ✓" all))
        (t
         (redlua--show
          (format "Examples of %s" (buffer-name))
          (lambda ()
            (redlua--insert (format "%s, %d wrong" all (length wrong)) 'error)
            (dolist (verdict wrong)
              (insert "\n")
              (redlua--insert (format "%4d  %s" (plist-get verdict :line) (plist-get verdict :command))
                              nil buffer (plist-get verdict :line))
              (dolist (side '((:expected . "expected  ") (:got . "got       ") (:error . "error     ")))
                (when-let* ((text (plist-get verdict (car side))))
                  (redlua--insert (concat "      " (cdr side) (string-replace "\n" "\n                " text)))))))
          (lambda () (with-current-buffer buffer (redlua-run-examples))))))))))

(defun redlua-reset-keyspace (&optional all)
  "Empty the keyspace of this script, or ALL keyspaces with a prefix argument."
  (interactive "P")
  (redlua--execute "redlua.resetKeyspace" (unless all (redlua--argument))
                   (lambda (result)
                     (redlua--refresh-hints)
                     (message (if (eql (plist-get result :reset) 0)
                                  "redlua: no keyspace has been used yet"
                                "redlua: the keyspace is as at the beginning")))))

(defun redlua-summary ()
  "Tell what this script, or each function of this library, does as a whole."
  (interactive)
  (redlua--execute
   "redlua.showSummary" (redlua--argument)
   (lambda (summaries)
     (redlua--show (format "What %s does" (buffer-name))
                   (lambda ()
                     (mapc (lambda (summary)
                             (when-let* ((function (plist-get summary :function)))
                               (redlua--insert function 'bold))
                             (redlua--insert (plist-get summary :text))
                             (insert "\n"))
                           summaries))
                   #'ignore))))

(defun redlua-assembled ()
  "Show this script as it is loaded, with its includes; the buffer's name has the SHA1."
  (interactive)
  (redlua--execute
   "redlua.showAssembled" (append (redlua--argument) '(:show :json-false))
   (lambda (told)
     (let* ((sha1 (plist-get told :sha1))
            (name (format "%s %s.lua" (file-name-base (plist-get told :name)) (if (stringp sha1) sha1 "(library)"))))
       (with-current-buffer (get-buffer-create name)
         (let ((inhibit-read-only t))
           (erase-buffer)
           (insert (plist-get told :text)))
         (goto-char (point-min))
         (delay-mode-hooks (funcall (if (fboundp 'lua-mode) 'lua-mode 'prog-mode)))
         (set-buffer-modified-p nil)
         (read-only-mode 1)
         (pop-to-buffer (current-buffer)))
       (unless (seq-empty-p (plist-get told :missing))
         (message "redlua: includes that lead nowhere: %s" (string-join (plist-get told :missing) ", ")))))))

(defun redlua-explain (&optional name)
  "Show the page of NAME: a rule, a command or a function of the sandbox.
Without a name, as by keys, that of what is at point or in its line; with a prefix argument a name is asked for."
  (interactive (list (and current-prefix-arg (read-string "Rule, command or function: "))))
  (let ((buffer (current-buffer)))
    (redlua--execute
     "redlua.explain"
     (append (if name (list :name name)
               (list :uri (redlua--uri) :position (plist-get (eglot--TextDocumentPositionParams) :position)))
             '(:show :json-false))
     (lambda (page)
       (with-current-buffer buffer
         (redlua--show (plist-get page :name)
                       (lambda ()
                         (dolist (line (split-string (string-trim-right (plist-get page :markdown)) "\n"))
                           (unless (string-prefix-p "```" line)
                             (redlua--insert line (and (string-prefix-p "#" line) 'bold)))))
                       #'ignore))))))

;;;; The buffer that shows an outcome

(defvar-local redlua--again #'ignore
  "What g does.")

(define-derived-mode redlua-outcome-mode special-mode "Outcome"
  "What became of a run: RET goes to a line, g runs again, q closes."
  (setq-local revert-buffer-function (lambda (&rest _) (funcall redlua--again))))

(defun redlua--insert (text &optional face buffer line)
  "Insert TEXT as a line with FACE, which goes to LINE of BUFFER or of a path."
  (let ((start (point)))
    (insert text)
    (when face (add-text-properties start (point) (list 'face face 'font-lock-face face)))
    (when line
      (make-text-button start (point)
                        'face face
                        'follow-link t
                        'help-echo "Go to this line"
                        'action (lambda (_)
                                  (if (stringp buffer) (find-file-other-window buffer)
                                    (pop-to-buffer buffer))
                                  (goto-char (point-min))
                                  (forward-line (1- line)))))
    (insert "\n")))

(defun redlua--show (title fill again)
  "Show a buffer with TITLE that FILL fills, and that AGAIN fills anew."
  (let ((shown (get-buffer-create "*redlua*")))
    (with-current-buffer shown
      (let ((inhibit-read-only t))
        (erase-buffer)
        (redlua-outcome-mode)
        (setq-local redlua--again again
                    header-line-format (concat " " (string-replace "%" "%%" title)))
        (funcall fill)
        (goto-char (point-min))))
    (display-buffer shown '((display-buffer-reuse-window display-buffer-below-selected)
                            (window-height . (lambda (window) (fit-window-to-buffer window (floor (* 0.6 (frame-height))) 4)))))))

(defconst redlua--faces
  '(("reply" . success) ("error" . error) ("warning" . warning) ("note" . shadow) ("title" . bold) ("key" . bold)
    ("before" . diff-removed) ("after" . diff-added))
  "The faces of the lines of an outcome.")

(defun redlua--insert-row (row)
  "Insert ROW of an outcome, which goes to where it is from."
  (let ((location (plist-get row :location)))
    (redlua--insert (plist-get row :text)
                    (alist-get (plist-get row :kind) redlua--faces nil nil #'equal)
                    (and location (eglot-uri-to-path (plist-get location :uri)))
                    (and location (1+ (plist-get (plist-get (plist-get location :range) :start) :line))))))

(provide 'redlua)
;;; redlua.el ends here
