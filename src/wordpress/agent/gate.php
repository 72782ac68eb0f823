<?php
// Part of the agent, see ../agent.php: what leaves the site and what is saved while a verb runs.

$fusebox_agent->gate = new class( $fusebox_agent ) {
	/** HTTP requests let through, and those withheld, and whether a limit was met. */
	public $requests = 0;
	public $withheld = 0;
	public $limit    = '';
	/** Status and body of the last HTTP answer, before the plugin makes something of it. */
	public $seen = null;
	/** In a verb that writes: what the plugin wanted to save since the last step began, by option. */
	public $held = array();
	/** Whether one of the tokens let was spent. */
	public $spent = false;
	/** Called with each answer of Salesforce's before the plugin sees it; what it gives takes the answer's place. */
	public $judging = null;
	/** Token requests that may still leave, and whether nothing else may. */
	private $tokens      = 0;
	private $tokens_only = false;
	/** Whether saves are held, and not dropped. */
	private $holds = false;
	/** Options that are being saved by the agent itself. */
	private $saving = array();
	/** The refresh token that the plugin loaded: its successor's session is stored over no other. */
	private $loaded = '';
	/** The tokens of the last answer to a token request, as the plugin would store them. */
	private $fresh = array();
	/** What the first of the two filters decided on the request that passes them, and whether it is a token request let through. */
	private $verdict = null;
	private $passing = false;
	private $agent;

	public function __construct( $agent ) {
		$this->agent = $agent;
	}

	/** To look: no token request leaves the site, and no setting is saved. */
	public function withhold() {
		$this->shut();
	}

	/** To spend: nothing but token requests leaves, and the two tokens alone are saved. */
	public function spend() {
		$this->tokens      = $this->agent->request['max_requests'];
		$this->tokens_only = true;
		$this->shut();
	}

	/** To exchange a code: one token request and nothing else leaves; what is saved waits. */
	public function exchange() {
		$this->tokens      = 1;
		$this->tokens_only = true;
		$this->holds       = true;
		$this->shut();
	}

	/** To write: one token request at most, where it is let; what is saved waits until its step is judged. */
	public function hold( $may_refresh ) {
		// Without a refresh token the plugin would try the old password flow, with the password in the address.
		$this->tokens = $may_refresh && '' !== $this->agent->site->setting( $this->agent->site->options(), 'sf_refresh_token', '' ) ? 1 : 0;
		$this->holds  = true;
		$this->shut();
	}

	/** From here to the end of the process: nothing leaves beyond the limits, either. */
	private function shut() {
		$this->loaded = $this->agent->site->setting( $this->agent->site->options(), 'sf_refresh_token', '' );
		add_filter( 'pre_http_request', array( $this, 'before_others' ), PHP_INT_MIN, 3 );
		add_filter( 'pre_http_request', array( $this, 'after_others' ), PHP_INT_MAX, 3 );
		add_filter( 'http_request_args', array( $this, 'in_time' ), PHP_INT_MAX );
		add_action( 'requests-requests.before_redirect', array( $this, 'follow' ), PHP_INT_MAX, 4 );
		add_filter( 'http_response', array( $this, 'see' ), PHP_INT_MIN, 3 );
		add_filter( 'pre_update_option', array( $this, 'unchanged' ), PHP_INT_MAX, 3 );
	}

	// ---- What leaves -----------------------------------------------------------------------------------------------

	public function before_others( $answer, $args, $url ) {
		$this->verdict = $this->judge( $args, $url );
		if ( null !== $this->verdict ) {
			return $this->verdict;
		}
		++$this->requests;
		if ( $this->is_token_request( $args, $url ) ) {
			--$this->tokens;
			$this->passing = true;
			$this->spent   = true;
		}
		return $answer;
	}

	/** Another plugin's filter may have turned a refusal back into leave, or asked something in between. */
	public function after_others( $answer, $args, $url ) {
		if ( $this->is_token_request( $args, $url ) ) {
			$refused       = null === $this->verdict ? $this->withheld() : $this->verdict;
			$this->verdict = $this->passing ? null : $refused;
			$this->passing = false;
		}
		return null === $this->verdict ? $answer : $this->verdict;
	}

	private function judge( $args, $url ) {
		$token = $this->is_token_request( $args, $url );
		if ( $token ? $this->tokens < 1 : $this->tokens_only ) {
			++$this->withheld;
			return $this->withheld();
		}
		if ( $this->withheld > 0 && ! $token ) {
			// With the old password flow the plugin takes a refused refresh for a session, and asks again with it.
			return $this->withheld();
		}
		if ( $this->requests >= $this->agent->request['max_requests'] ) {
			$this->limit = 'More than ' . $this->agent->request['max_requests'] . ' requests: stopped.';
			return new WP_Error( 'fusebox_limit', $this->limit );
		}
		if ( microtime( true ) >= $this->agent->ends ) {
			$this->limit = 'Longer than ' . $this->agent->request['deadline_s'] . ' s: stopped.';
			return new WP_Error( 'fusebox_limit', $this->limit );
		}
		return null;
	}

	private function withheld() {
		return new WP_Error( 'fusebox_withheld', 'refresh withheld' );
	}

	/** By Salesforce's address, by the address that a filter of the site put in its place, and by what is sent. */
	private function is_token_request( $args, $url ) {
		if ( false !== strpos( $url, '/services/oauth2/' ) || false !== strpos( $url, 'grant_type=' ) ) {
			return true;
		}
		$auth_url = isset( $this->agent->site->crm->auth_url ) ? (string) $this->agent->site->crm->auth_url : '';
		if ( '' !== $auth_url && 0 === strpos( $url, $auth_url ) ) {
			return true;
		}
		$body = isset( $args['body'] ) ? $args['body'] : '';
		return is_array( $body ) ? isset( $body['grant_type'] ) : is_string( $body ) && false !== strpos( $body, 'grant_type' );
	}

	public function in_time( $args ) {
		$timeout         = isset( $args['timeout'] ) ? (float) $args['timeout'] : 5;
		$args['timeout'] = min( $timeout, $this->left() );
		return $args;
	}

	private function left() {
		return max( 1.0, $this->agent->ends - microtime( true ) );
	}

	/** WordPress follows five redirects by itself, past the filters: they count, and share the time. */
	public function follow( $location, $headers, $data, &$options ) {
		++$this->requests;
		$options['timeout'] = min( $options['timeout'], $this->left() );
	}

	public function see( $response, $args, $url ) {
		if ( $this->is_token_request( $args, $url ) ) {
			$told        = json_decode( wp_remote_retrieve_body( $response ), true );
			$told        = is_array( $told ) ? $told : array();
			$this->fresh = array_filter(
				array(
					'sf_access_token'  => isset( $told['access_token'] ) ? $told['access_token'] : '',
					'sf_refresh_token' => isset( $told['refresh_token'] ) ? $told['refresh_token'] : '',
				)
			);
		}
		$this->seen = array( 'code' => (int) wp_remote_retrieve_response_code( $response ), 'body' => wp_remote_retrieve_body( $response ) );
		return null === $this->judging ? $response : call_user_func( $this->judging, $response, $args, $url );
	}

	// ---- What is saved ---------------------------------------------------------------------------------------------

	/**
	 * The plugin saves all its settings as it loaded them, with tokens that may be old by now; and with the old password
	 * flow it stores an empty token after a refused refresh.
	 */
	public function unchanged( $value, $option, $before ) {
		if ( 0 !== strpos( $option, 'wpf_' ) || in_array( $option, $this->saving, true ) ) {
			return $value;
		}
		if ( $this->holds ) {
			$this->held[ $option ] = $value;
		}
		// Only what a token request of this run has brought: everything else in memory may be older than what is stored.
		$tokens = array();
		foreach ( $this->fresh as $name => $token ) {
			if ( 'wpf_options' === $option && isset( $value[ $name ] ) && $value[ $name ] === $token ) {
				$tokens[ $name ] = $token;
			}
		}
		if ( array() === $tokens || ( $this->holds && $this->tokens_only ) ) {
			return $before;
		}
		// A session that was spent for is stored at once, unless somebody authorized the site anew in the meantime.
		$stored = $this->agent->site->fresh();
		return $this->loaded === $this->agent->site->setting( $stored, 'sf_refresh_token', '' ) ? array_merge( $stored, $tokens ) : $before;
	}

	/**
	 * Saves settings (null takes one out) and lists, past the filter; gives the names of those that are not stored then.
	 * Settings are merged into what is stored at this moment.
	 */
	public function save( $settings, $lists ) {
		$this->saving = array_merge( array_keys( $lists ), array( 'wpf_options' ) );
		foreach ( $lists as $option => $value ) {
			null === $value ? delete_option( $option ) : update_option( $option, $value, false );
		}
		if ( array() !== $settings ) {
			$stored = $this->agent->site->fresh();
			foreach ( $settings as $name => $value ) {
				if ( null === $value ) {
					unset( $stored[ $name ] );
				} else {
					$stored[ $name ] = $value[0];
				}
			}
			update_option( 'wpf_options', $stored );
		}
		$this->saving = array();
		$now          = $this->agent->site->fresh();
		$missed       = array();
		foreach ( $lists as $option => $value ) {
			wp_cache_delete( $option, 'options' );
			if ( get_option( $option, null ) !== $value ) {
				$missed[] = $option;
			}
		}
		foreach ( $settings as $name => $value ) {
			if ( null === $value ? array_key_exists( $name, $now ) : ! array_key_exists( $name, $now ) || $now[ $name ] !== $value[0] ) {
				$missed[] = $name;
			}
		}
		return $missed;
	}
};
